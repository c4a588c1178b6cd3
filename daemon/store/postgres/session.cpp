#include "store/postgres/session.hpp"

#include "base/crash_point.hpp"
#include "store/postgres/connection.hpp"
#include "store/postgres/conninfo.hpp"
#include "store/postgres/copy_out.hpp"
#include "store/postgres/script.hpp"
#include "store/postgres/settings.hpp"
#include "store/postgres/sqlstate.hpp"
#include "store/postgres/text_copy.hpp"
#include "store/postgres/values.hpp"
#include "store/postgres/window_loader.hpp"
#include "store/schema_sql.hpp"

namespace longshore::store::postgres {
namespace {

constexpr int k_oldest_server = 140000;  // as PQserverVersion()

// The name that a feed declaration uses for a type of pg_catalog.
std::string feed_type(std::string type) {
  const bool array = type.ends_with("[]");
  if (array)
    type.resize(type.size() - 2);
  if (type == "double precision")
    type = "double";
  else if (type == "timestamp with time zone")
    type = "timestamp";
  return array ? type + "[]" : type;
}

class PostgresSession final : public Session {
 public:
  PostgresSession(const Target& target, Access access, const std::string& who)
      : m_schema(target.schema), m_begin(begin_sql(access, m_schema)), m_begin_snapshot(begin_snapshot_sql(m_schema)),
        m_message_settings(message_settings_sql(access, m_schema)),
        m_connection(completed_conninfo(target.location, access, who), m_schema.empty() ? "" : m_begin),
        m_loader(m_connection, m_schema) {
    refuse_unsuitable_server(access);
    if (access != Access::read_only)
      refuse_standby();
    m_connection.exec(session_settings_sql(access));
  }

  using Session::exec;
  Engine engine() const override { return Engine::postgres; }
  std::string schema() const override { return m_schema; }
  bool is_open() const override { return m_connection.is_open(); }

  Rows exec(std::string_view sql, Params params) override {
    const std::string text{sql};
    if (!m_schema.empty() && !m_connection.in_transaction())
      return exec_alone(text, params);
    return rows_of(params.empty() ? m_connection.exec(text) : m_connection.exec(text, texts_of(params)));
  }

  void read_rows(const std::string& query, std::span<const ColumnType> types,
                 const std::function<void(TextRow)>& row) override {
    try {
      CopyOut copy{m_connection, m_begin + "; set local statement_timeout = 0", query, types};
      while (copy.next())
        row(copy.row());
    } catch (...) {
      rollback();
      throw;
    }
    m_connection.commit();
  }

  void exec_script(std::string_view sql) override {
    const bool is_alone = !m_schema.empty() && !m_connection.in_transaction();
    m_connection.exec((is_alone ? m_message_settings + "; " : "") + std::string{sql});
  }

  bool bulk_insert(const std::string& table, const std::string& columns,
                   std::span<const std::vector<Value>> rows) override {
    if (!m_connection.in_transaction())
      return false;
    m_connection.exec("savepoint longshore_rows");
    try {
      copy_rows(m_connection, table, columns, rows);
    } catch (const Error& error) {
      if (!m_connection.is_open() || !is_unique_violation(error))
        throw;
      m_connection.exec("rollback to savepoint longshore_rows; release savepoint longshore_rows");
      return false;
    }
    m_connection.exec("release savepoint longshore_rows");
    return true;
  }

  void begin(LoadOrder order) override {
    m_connection.exec(m_begin);
    m_loader.begin(order);
  }

  Rows begin_with(std::string_view query, LoadOrder order) override {
    Rows rows = rows_of(m_connection.exec(m_begin + "; " + std::string{query}));
    m_loader.begin(order);
    return rows;
  }

  void begin_snapshot(std::string_view lock) override {
    m_connection.exec(m_begin_snapshot + "; " + std::string{lock});
  }

  std::vector<StatementResult> run_script(const std::string& script, std::size_t most_rows) override {
    return postgres::run_script(m_connection, script, most_rows);
  }

  FileBegin begin_file(std::string_view lock, const std::string& insert, Params params,
                       const RowBatch& window) override {
    const std::string execute = m_connection.execute_text(insert, texts_of(params));
    return execute.empty() ? FileBegin{}
                           : m_loader.begin_file(m_begin + "; " + std::string{lock} + "; " + execute, window);
  }

  void commit() override {
    crash_point("before_commit");
    m_connection.commit();
    crash_point("after_commit");
  }

  void rollback() noexcept override {
    if (!m_connection.is_open() || !m_connection.in_transaction())
      return;
    try {
      m_connection.exec("rollback");
    } catch (const std::exception&) {  // the connection is lost, so the server rolls back
    }
  }

  bool in_transaction() const override { return m_connection.in_transaction(); }

  void interrupt() noexcept override { m_connection.interrupt(); }

  void load(const RowBatch& window, std::span<const std::int64_t> file_ids, LoadCounts& counts) override {
    m_loader.load(window, file_ids, counts);
    crash_point("in_load");
  }

  void finish_load(const Feed& feed, std::span<const std::int64_t> file_ids, LoadCounts& counts) override {
    m_loader.finish(feed, file_ids, counts);
  }

  std::map<std::string, std::string> table_columns(std::string_view table) override {
    std::map<std::string, std::string> columns;
    const Rows found = exec(R"(
select attname, format_type(atttypid, atttypmod), attnotnull or typnotnull, attgenerated <> '',
       atthasdef or attidentity <> '' or typdefault is not null, attidentity = 'a'
from pg_attribute
join pg_type on pg_type.oid = atttypid
where attrelid = to_regclass($1) and attnum > 0 and not attisdropped
)",
                            {Value{sql_name(table)}});
    for (const auto& row : found.rows)
      columns[as_text(row[0])] = feed_type(as_text(row[1])) + (as_int(row[2]) ? " not null" : "") +
                                 (as_int(row[3])   ? " generated"
                                  : as_int(row[5]) ? " generated always as identity"
                                  : as_int(row[4]) ? " default"
                                                   : "");
    return columns;
  }

  std::vector<std::string> primary_key(std::string_view table) override {
    std::vector<std::string> key;
    const Rows found = exec(R"(
select attname
from pg_index
join pg_attribute on attrelid = indrelid and attnum = any (indkey)
where indrelid = to_regclass($1) and indisprimary
order by array_position(indkey::smallint[], attnum)
)",
                            {Value{sql_name(table)}});
    for (const auto& row : found.rows)
      key.push_back(as_text(row[0]));
    return key;
  }

 private:
  void forget_loads() override { m_loader.begin(LoadOrder::straight); }

  // One message is one transaction, also if it has several statements.
  Rows exec_alone(const std::string& sql, Params params) {
    const std::string execute = params.empty() ? sql : m_connection.execute_text(sql, texts_of(params));
    if (!execute.empty())
      return rows_of(m_connection.exec(m_message_settings + "; " + execute));
    try {
      m_connection.exec(m_begin);
      Rows rows = rows_of(m_connection.exec(sql, texts_of(params)));
      m_connection.commit();
      return rows;
    } catch (...) {
      rollback();
      throw;
    }
  }

  // At the start, and for a check, preflight() names all faults at once.
  void refuse_unsuitable_server(Access access) {
    const auto refuse = [](const std::string& text, const std::string& hint) {
      throw Error{Fault::fatal, "database: " + text}.with_hint(hint).exits(Exit::config);
    };
    if (const int version = PQserverVersion(m_connection.raw()); version < k_oldest_server)
      refuse("PostgreSQL " + std::to_string(version / 10000) + " is too old", "use PostgreSQL 14 or newer");
    if (access != Access::read_write)
      return;
    if (const std::string encoding = parameter("server_encoding"); encoding != "UTF8")
      refuse("the encoding is " + encoding, "create the database with encoding 'UTF8' template template0");
    if (parameter("synchronous_commit") == "off")
      refuse("synchronous_commit is off: a server crash would lose rows of archived files",
             "alter role … set synchronous_commit = on");
  }

  // With target_session_attrs = any, libpq may connect to a standby. It can be promoted later, so this is not fatal.
  void refuse_standby() {
    if (m_connection.exec("select pg_is_in_recovery()")[0][0].as<bool>())
      throw Error{Fault::unavailable, "database: the server is a standby and accepts no writes"}.exits(
          Exit::unavailable);
  }

  std::string parameter(const std::string& name) { return m_connection.exec("show " + name)[0][0].c_str(); }

  std::string m_schema;
  std::string m_begin;
  std::string m_begin_snapshot;
  std::string m_message_settings;  // used with a schema only
  Connection m_connection;
  WindowLoader m_loader;
};

}  // namespace

std::unique_ptr<Session> open(const Target& target, Access access, const std::string& who) {
  return std::make_unique<PostgresSession>(target, access, who);
}

}  // namespace longshore::store::postgres
