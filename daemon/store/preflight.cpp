#include "store/preflight.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "store/own_schema.hpp"
#include "store/schema_sql.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace longshore::store {
namespace {

struct Need {
  std::string table;
  bool inserts = true;
  bool updates = false;
  bool deletes = false;
};

// What a daemon does with each table; schema/roles.sql grants the same to longshore_writer.
std::vector<Need> needs_of(const Registry& registry) {
  std::vector<Need> needs{{"longshore_migrations", false},
                          {"ingest_feeds", false},
                          {"ingest_log", true, true},
                          {"ingest_rejects"},
                          {"ingest_overlap"},
                          {"ingest_drift", true, true},
                          {"ingest_task_feeds", false},
                          {"ingest_changes"}};
  for (const Feed& feed : registry.feeds())
    for (const TableShape& table : tables_of(feed))
      needs.push_back({table.name, true, table.is_latest, feed.keep && !table.is_latest});
  if (std::ranges::any_of(registry.feeds(), [](const Feed& feed) { return feed.keep.has_value(); }))
    needs.push_back({"ingest_horizons", true, true});
  return needs;
}

class Preflight {
 public:
  explicit Preflight(Session& session) : m_session(session), m_role(sql_name(one("select current_user"))) {}

  void check_server() {
    if (const std::string encoding = one("show server_encoding"); encoding != "UTF8")
      add("the encoding is " + encoding, "create the database with encoding 'UTF8' template template0");
    if (one("show synchronous_commit") == "off")
      add("synchronous_commit is off: a server crash would lose rows of archived files",
          "alter role " + m_role + " set synchronous_commit = on");
    if (is_true("select pg_is_in_recovery()"))
      add("the server is a standby and accepts no writes", "connect to the primary");
    // longshore's own transactions are read write, so it loads; but somebody may have had a reason
    if (one("select reset_val from pg_settings where name = 'default_transaction_read_only'") == "on")
      log::warn(
          "database: default_transaction_read_only is on for the server, the database or the role, and longshore writes "
          "nevertheless; some providers set it when the disk is almost full");
    if (!is_true("select has_database_privilege(current_database(), 'temporary')"))
      add("the role " + m_role + " may not create temporary tables",
          "grant temporary on database " + sql_name(one("select current_database()")) + " to " + m_role);
  }

  // `is_to_create`: this role must create tables.
  void check_schema(bool is_to_create) {
    const std::string schema = m_session.schema();
    const std::string name = sql_name(schema.empty() ? "public" : schema);
    if (is_schema_missing(m_session)) {
      if (is_to_create && !is_true("select has_database_privilege(current_database(), 'create')"))
        add("the schema " + name + " does not exist, and the role " + m_role + " may not create it",
            "create schema " + name + " authorization " + m_role);
    } else if (const std::string current = one("select current_schema()"); current.empty()) {
      add(schema.empty() ? "no schema of the search_path exists, or the role may use none of them"
                         : "the role " + m_role + " may not use the schema " + name,
          "grant usage on schema " + name + " to " + m_role);
    } else if (is_to_create && !is_true("select has_schema_privilege(current_schema(), 'create')")) {
      add("the role " + m_role + " may not create tables in the schema " + sql_name(current),
          "grant create on schema " + sql_name(current) + " to " + m_role);
    }
  }

  bool is_missing(const Need& need) { return m_session.table_columns(need.table).empty(); }

  // The case: has_sequence_privilege() refuses a relation that is not a sequence.
  void check_table(const Need& need) {
    const Rows found = m_session.exec(R"(
select has_table_privilege(oid, 'select'), has_table_privilege(oid, 'insert'), has_table_privilege(oid, 'update'),
       row_security_active(oid), has_table_privilege(oid, 'delete'), (
         select string_agg(distinct format('%I.%I', nspname, sequence.relname), ', ')
         from pg_attrdef
         join pg_depend on classid = 'pg_attrdef'::regclass and objid = pg_attrdef.oid
                       and refclassid = 'pg_class'::regclass
         join pg_class sequence on sequence.oid = refobjid
         join pg_namespace on pg_namespace.oid = sequence.relnamespace
         where adrelid = pg_class.oid
           and case when sequence.relkind = 'S' then not has_sequence_privilege(sequence.oid, 'usage, update') end
       )
from pg_class
where oid = to_regclass($1)
)",
                                      {sql_name(need.table)});
    if (found.empty())
      return;
    const auto& row = found.rows[0];
    std::string lacks;
    const auto require = [&](std::size_t column, const char* right) {
      if (as_int(row[column]) == 0)
        lacks += (lacks.empty() ? "" : ", ") + std::string{right};
    };
    require(0, "select");
    if (need.inserts)
      require(1, "insert");
    if (need.updates)
      require(2, "update");
    if (need.deletes)
      require(4, "delete");
    if (!lacks.empty())
      add("the role " + m_role + " lacks " + lacks + " on " + need.table,
          "grant " + lacks + " on " + qualified(m_session, need.table) + " to " + m_role);
    if (const std::string sequences = as_text(row[5]); need.inserts && !sequences.empty())
      add("the role " + m_role + " lacks usage on the sequence " + sequences,
          "grant usage on sequence " + sequences + " to " + m_role);
    if (as_int(row[3]) != 0)
      add("row-level security of " + need.table + " applies to the role " + m_role +
              (need.inserts ? ", and COPY refuses it" : ", which may not see all its rows"),
          "alter role " + m_role + " bypassrls, or make it the owner of the table");
  }

  void throw_if_any() const {
    if (!m_faults.empty())
      throw Error{Fault::fatal, "database: " + m_faults}.with_hint(m_remedies).exits(Exit::config);
  }

 private:
  std::string one(const char* sql) { return as_text(m_session.exec(sql).rows[0][0]); }
  bool is_true(const char* sql) { return as_int(m_session.exec(sql).rows[0][0]) != 0; }

  void add(const std::string& fault, const std::string& remedy) {
    m_faults += (m_faults.empty() ? "" : "; ") + fault;
    if (m_remedies.find(remedy) == std::string::npos)
      m_remedies += (m_remedies.empty() ? "" : "; ") + remedy;
  }

  Session& m_session;
  std::string m_role;
  std::string m_faults;
  std::string m_remedies;
};

}  // namespace

void preflight(Session& session, const Registry& registry, Creator creator, std::span<const std::string> deletes_from) {
  if (session.engine() != Engine::postgres)
    return;
  Preflight check{session};
  check.check_server();
  std::vector<Need> needs = needs_of(registry);
  check.check_schema(creator == Creator::this_role &&
                     std::ranges::any_of(needs, [&](const Need& need) { return check.is_missing(need); }));
  for (Need& need : needs) {
    need.deletes = need.deletes || std::ranges::find(deletes_from, need.table) != deletes_from.end();
    check.check_table(need);
  }
  check.throw_if_any();
}

}  // namespace longshore::store
