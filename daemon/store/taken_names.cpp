#include "store/taken_names.hpp"

#include "base/text.hpp"
#include "store/declared_feed.hpp"
#include "store/schema_sql.hpp"

#include <algorithm>

#include <re2/re2.h>

namespace longshore::store {
namespace {

constexpr auto k_migrations = "longshore_migrations";

struct Holder {
  std::string kind;   // "table", "view", "type" …; "" if the name is free
  std::string owner;  // "" on SQLite
};

// PostgreSQL: a table and a type cannot have one name, because each table has a row type.
constexpr auto k_find_in_postgres = R"(
select case relkind
         when 'r' then 'table' when 'p' then 'table' when 'f' then 'foreign table' when 'v' then 'view'
         when 'm' then 'materialized view' when 'S' then 'sequence' when 'i' then 'index' when 'I' then 'index'
         else 'type'
       end,
       pg_get_userbyid(relowner)
from pg_class
where relname = $1 and relnamespace = to_regnamespace(quote_ident(current_schema()))
union all
select 'type', pg_get_userbyid(typowner)
from pg_type
where typname = $1 and typnamespace = to_regnamespace(quote_ident(current_schema())) and typrelid = 0
)";
constexpr auto k_find_in_sqlite = "select type, '' from sqlite_schema where name = $1 collate nocase";

Holder holder_of(Session& session, const std::string& name) {
  const Rows found =
      session.exec(session.engine() == Engine::postgres ? k_find_in_postgres : k_find_in_sqlite, {Value{name}});
  return found.empty() ? Holder{} : Holder{as_text(found.rows[0][0]), as_text(found.rows[0][1])};
}

bool has_columns(Session& session, const std::string& table, std::initializer_list<const char*> names) {
  const auto columns = session.table_columns(table);
  return std::ranges::all_of(names, [&](const char* name) { return columns.contains(name); });
}

// A table that longshore has created, perhaps for another version of the declaration.
bool is_ours(Session& session, const TableShape& table, const Holder& holder) {
  return holder.kind == "table" && has_columns(session, table.name, {"file_id"}) &&
         (table.is_latest || has_columns(session, table.name, {"record_hash"}));
}

class TakenNames {
 public:
  explicit TakenNames(Session& session) : m_session(session) {}

  void add_if_taken(const std::string& name) {
    if (const Holder holder = holder_of(m_session, name); !holder.kind.empty())
      add(name, holder);
  }

  void add_if_foreign(const TableShape& table) {
    if (const Holder holder = holder_of(m_session, table.name);
        !holder.kind.empty() && !is_ours(m_session, table, holder))
      add(table.name, holder);
  }

  // The table of a feed without a history may be a user's own.
  void add_if_no_table(const std::string& name) {
    if (const Holder holder = holder_of(m_session, name); !holder.kind.empty() && holder.kind != "table")
      add(name, holder);
  }

  void throw_if_any() const {
    if (m_text.empty())
      return;
    const bool postgres = m_session.engine() == Engine::postgres;
    throw Error{Fault::fatal,
                "longshore needs names that something else in the database has: " + m_text + "; nothing was created"}
        .with_hint(std::string{postgres ? "give longshore a schema of its own (schema = \"NAME\"), or another database"
                                        : "give longshore an SQLite file of its own"} +
                   "; or rename what is there; for a feed, `table` or `latest` names another table")
        .exits(Exit::config);
  }

 private:
  void add(const std::string& name, const Holder& holder) {
    m_text += (m_text.empty() ? "" : ", ") + escape(name) + " (" + holder.kind +
              (holder.owner.empty() ? "" : " of " + escape(holder.owner)) + ")";
  }

  Session& m_session;
  std::string m_text;
};

void look_up_feed(Session& session, const Feed& feed, TakenNames& taken) {
  const std::vector<TableShape> tables = tables_of(feed);
  for (const TableShape& table : tables)
    if (feed.has_history)
      taken.add_if_foreign(table);
    else
      taken.add_if_no_table(table.name);
  if (!feed.is_built_in() || !session.table_columns(feed.table).empty())
    return;
  const std::string_view engine = session.engine() == Engine::postgres ? ".postgres.sql" : ".sqlite.sql";
  for (const EmbeddedFile& file : embedded_feed_scripts())
    if (file.name == feed.name + std::string{engine} || file.name == feed.name + ".sql")
      for (const std::string& name : created_names(file.text))
        taken.add_if_taken(name);
}

}  // namespace

std::vector<std::string> created_names(std::string_view script) {
  static const re2::RE2 k_create{
      R"((?mi)^create (?:or replace )?(?:unique )?(?:table|view|index) (?:if not exists )?([a-z_][a-z0-9_]*))"};
  std::vector<std::string> names;
  std::string name;
  for (re2::StringPiece rest{script.data(), script.size()}; re2::RE2::FindAndConsume(&rest, k_create, &name);)
    names.push_back(name);
  return names;
}

void refuse_taken_names(Session& session, std::span<const std::string_view> pending, const Registry& registry) {
  TakenNames taken{session};
  const bool has_migrations = has_columns(session, k_migrations, {"version", "name", "checksum", "applied_at"});
  if (!has_migrations)
    taken.add_if_taken(k_migrations);
  for (const std::string_view script : pending)
    for (const std::string& name : created_names(script))
      taken.add_if_taken(name);
  const bool has_declarations = pending.empty();
  const auto declared = has_declarations ? read_declared_feeds(session) : std::map<std::string, DeclaredFeed>{};
  for (const Feed& feed : registry.feeds())
    if (!declared.contains(feed.name))
      look_up_feed(session, feed, taken);
  taken.throw_if_any();
}

}  // namespace longshore::store
