#include "store/postgres/session.hpp"

#include "base/crash_point.hpp"
#include "store/postgres/connection.hpp"
#include "store/postgres/conninfo.hpp"
#include "store/postgres/text_copy.hpp"
#include "store/postgres/values.hpp"
#include "store/postgres/window_loader.hpp"
#include "store/schema_sql.hpp"

namespace longshore::store::postgres {
namespace {

constexpr int k_oldest_server = 140000;

// Roles, databases and servers have their own opinions about each of these. The keepalives, and the time-out for
// what is not acknowledged, are the server's: without them it keeps the transaction of a client that vanished, and with it the
// locks that the same file needs again, for half an hour.
constexpr auto k_settings = R"(
set timezone = 'UTC';
set datestyle = 'ISO';
set extra_float_digits = 1;
set standard_conforming_strings = on;
set client_min_messages = warning;
set lock_timeout = '5s';
set statement_timeout = '10min';
set idle_in_transaction_session_timeout = '30min';
set client_connection_check_interval = '5s';
set jit = off;
select set_config(name, ours, false)
  from pg_settings
  join (values ('tcp_keepalives_idle', '30'), ('tcp_keepalives_interval', '10'), ('tcp_keepalives_count', '3'),
               ('tcp_user_timeout', '30000')) as wanted (name, ours) using (name)
 where setting::bigint > ours::bigint or setting = '0';
select set_config('work_mem', '64MB', false) from pg_settings where name = 'work_mem' and setting::bigint < 65536;
)";

// Behind a pooler a transaction may meet a backend that was told nothing of the above; these are what must not be missing.
constexpr auto k_transaction_settings = "; set local lock_timeout = '5s'; set local statement_timeout = '10min'";

// 23505 is PostgreSQL's unique violation, XX000 what Citus makes of it.
bool is_taken_key(const Error& error) { return error.code() == "23505" || error.code() == "XX000"; }

// A type of pg_catalog in the words of a feed.
std::string feed_word(std::string type) {
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
  PostgresSession(const std::string& conninfo, Access access, const std::string& who)
      : m_connection(completed_conninfo(conninfo, access, who)), m_loader(m_connection),
        m_mode(access == Access::read_only ? "read only" : "read write") {
    refuse_unfit_server();
    if (access != Access::read_only)
      refuse_standby();
    m_connection.exec(k_settings);
    m_connection.exec("set session characteristics as transaction isolation level read committed, " + m_mode);
  }

  using Session::exec;
  Engine engine() const override { return Engine::postgres; }
  bool is_open() const override { return m_connection.is_open(); }

  Rows exec(std::string_view sql, Params params) override {
    const std::string text{sql};
    return rows_of(params.empty() ? m_connection.exec(text) : m_connection.exec(text, texts_of(params)));
  }

  void exec_script(std::string_view sql) override { m_connection.exec(std::string{sql}); }

  bool bulk_insert(const std::string& table, const std::string& columns,
                   std::span<const std::vector<Value>> rows) override {
    if (!m_connection.in_transaction())
      return false;
    m_connection.exec("savepoint longshore_rows");
    try {
      copy_rows(m_connection, table, columns, rows);
    } catch (const Error& error) {
      if (!m_connection.is_open() || !is_taken_key(error))
        throw;
      m_connection.exec("rollback to savepoint longshore_rows; release savepoint longshore_rows");
      return false;
    }
    m_connection.exec("release savepoint longshore_rows");
    return true;
  }

  void begin(LoadOrder road) override {
    m_connection.exec(begin_text());
    m_loader.begin(road);
  }

  FileBegin begin_file(const std::string& insert, Params params, const RowBatch& window) override {
    const std::string execute = m_connection.execute_text(insert, texts_of(params));
    return execute.empty() ? FileBegin{} : m_loader.begin_file(begin_text() + "; " + execute, window);
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
    } catch (const std::exception&) {  // the connection is gone, and the transaction with it
    }
  }

  void interrupt() noexcept override { m_connection.cut(); }

  void load(const RowBatch& window, std::span<const std::int64_t> file_ids, LoadCounts& counts) override {
    m_loader.load(window, file_ids, counts);
    crash_point("in_load");
  }

  void finish_load(const Feed& feed, std::span<const std::int64_t> file_ids, LoadCounts& counts) override {
    m_loader.finish(feed, file_ids, counts);
  }

  std::map<std::string, std::string> table_columns(std::string_view table) override {
    std::map<std::string, std::string> columns;
    const Rows found = exec("select attname, format_type(atttypid, atttypmod), attnotnull from pg_attribute "
                            "where attrelid = to_regclass($1) and attnum > 0 and not attisdropped",
                            {Value{sql_name(table)}});
    for (const auto& row : found.rows)
      columns[as_text(row[0])] = feed_word(as_text(row[1])) + (as_int(row[2]) ? " not null" : "");
    return columns;
  }

  std::vector<std::string> primary_key(std::string_view table) override {
    std::vector<std::string> key;
    const Rows found =
        exec("select attname from pg_index join pg_attribute on attrelid = indrelid and attnum = any (indkey) "
             "where indrelid = to_regclass($1) and indisprimary order by array_position(indkey::smallint[], attnum)",
             {Value{sql_name(table)}});
    for (const auto& row : found.rows)
      key.push_back(as_text(row[0]));
    return key;
  }

 private:
  std::string begin_text() const { return "begin isolation level read committed, " + m_mode + k_transaction_settings; }

  void refuse_unfit_server() {
    const auto refuse = [](const std::string& text, const char* hint) {
      throw Error{Fault::fatal, "database: " + text}.with_hint(hint).exits(Exit::config);
    };
    if (const int version = PQserverVersion(m_connection.raw()); version < k_oldest_server)
      refuse("PostgreSQL " + std::to_string(version / 10000) + " is too old", "PostgreSQL 14 or newer is needed");
    if (const std::string encoding = parameter("server_encoding"); encoding != "UTF8")
      refuse("the encoding is " + encoding, "create the database with encoding 'UTF8' template template0");
    if (parameter("synchronous_commit") == "off")
      refuse("synchronous_commit is off: a crash of the server would lose files that were already moved",
             "alter role … set synchronous_commit = on");
  }

  // Where the user takes any server (target_session_attrs) it may be one that is promoted later.
  void refuse_standby() {
    if (m_connection.exec("select pg_is_in_recovery()")[0][0].as<bool>())
      throw Error{Fault::unavailable, "database: the server is a standby, which takes no writes"}.exits(
          Exit::unavailable);
  }

  std::string parameter(const std::string& name) { return m_connection.exec("show " + name)[0][0].c_str(); }

  Connection m_connection;
  WindowLoader m_loader;
  std::string m_mode;
};

}  // namespace

std::unique_ptr<Session> open(const std::string& conninfo, Access access, const std::string& who) {
  return std::make_unique<PostgresSession>(conninfo, access, who);
}

}  // namespace longshore::store::postgres
