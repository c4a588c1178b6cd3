#include "store/own_schema.hpp"

#include "base/error.hpp"
#include "store/schema_sql.hpp"

namespace longshore::store {
namespace {

std::string shown(const std::string& schema) { return "the schema " + sql_name(schema); }

Error refuse(const std::string& text, const std::string& hint) {
  return Error{Fault::fatal, "database: " + text}.with_hint(hint).exits(Exit::config);
}

std::string role_of(Session& session) { return sql_name(as_text(session.exec("select current_user").rows[0][0])); }

}  // namespace

bool is_schema_missing(Session& session) {
  const std::string schema = session.schema();
  return !schema.empty() && session.exec("select 1 from pg_namespace where nspname = $1", {schema}).empty();
}

void create_schema(Session& session) {
  const std::string name = sql_name(session.schema());
  if (as_int(session.exec("select has_database_privilege(current_database(), 'create')").rows[0][0]) == 0) {
    const std::string role = role_of(session);
    throw refuse(shown(session.schema()) + " does not exist, and the role " + role + " may not create it",
                 "create schema " + name + " authorization " + role);
  }
  session.exec("create schema " + name);
}

void require_schema(Session& session) {
  const std::string schema = session.schema();
  if (schema.empty())
    return;
  if (is_schema_missing(session))
    throw refuse(shown(schema) + " does not exist", "start the daemon, or create it and the tables: longshore migrate");
  if (as_int(session.exec("select has_schema_privilege($1, 'usage')", {schema}).rows[0][0]) == 0) {
    const std::string role = role_of(session);
    throw refuse("the role " + role + " may not use " + shown(schema),
                 "grant usage on schema " + sql_name(schema) + " to " + role);
  }
}

std::string qualified(const Session& session, const std::string& name) {
  return (session.schema().empty() ? "" : sql_name(session.schema()) + ".") + sql_name(name);
}

}  // namespace longshore::store
