#include "store/declarations.hpp"

#include "base/time.hpp"
#include "store/declared_feed.hpp"

namespace longshore::store {
namespace {

// A row without a declaration names a feed with tasks.
constexpr auto k_read_in_force = R"(
select feed, declaration
from ingest_feeds
union all
select feed, null
from ingest_task_feeds
)";
constexpr auto k_read_with_horizons = R"(
select f.feed, f.declaration, h.time_column, h.horizon
from ingest_feeds f
left join ingest_horizons h on h.feed = f.feed
union all
select feed, null, null, null
from ingest_task_feeds
)";

InForce in_force_of(const Rows& rows) {
  InForce in_force;
  for (const auto& row : rows.rows)
    if (std::holds_alternative<std::monostate>(row[1]))
      in_force.task_feeds.insert(as_text(row[0]));
    else
      in_force.declarations[as_text(row[0])] = as_text(row[1]);
  return in_force;
}

void declare(Session& session, const Feed& feed, const std::string& declared_by) {
  const DeclaredFeed declared = declared_feed(feed);
  session.exec(R"(
insert into ingest_feeds (feed, declaration, types, latest, origin, declared_by, declared_at)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (feed) do update
set declaration = excluded.declaration, types = excluded.types, latest = excluded.latest, origin = excluded.origin,
    declared_by = excluded.declared_by, declared_at = excluded.declared_at
)",
               {feed.name, declared.declaration, declared.types, declared.latest, feed.origin, declared_by,
                format_time(now_micros())});
}

// Whether the database has this declaration, with the same types and latest table.
bool is_recorded(const std::map<std::string, DeclaredFeed>& declared, const Feed& feed) {
  const auto there = declared.find(feed.name);
  return there != declared.end() && there->second == declared_feed(feed);
}

bool has_table(Session& session) { return !session.table_columns("ingest_feeds").empty(); }

}  // namespace

bool is_in_force(const Declarations& declared, const Feed& feed) {
  const auto there = declared.find(feed.name);
  return there != declared.end() && there->second == feed.declaration;
}

InForce begin_load(Session& session, LoadOrder order) {
  return in_force_of(session.begin_with(k_read_in_force, order));
}

InForce begin_load_with_horizons(Session& session, LoadOrder order) {
  const Rows rows = session.begin_with(k_read_with_horizons, order);
  InForce in_force = in_force_of(rows);
  for (const auto& row : rows.rows)
    if (std::string column = as_text(row[2]); !column.empty())
      in_force.horizons[as_text(row[0])] = {std::move(column), time_in(row[3]), 0, {}};
  return in_force;
}

Declarations read_declarations(Session& session) {
  return in_force_of(session.exec("select feed, declaration from ingest_feeds")).declarations;
}

std::vector<Step> steps_for_declarations(Session& session, const Registry& registry, const std::string& declared_by) {
  const auto declared = read_declared_feeds(session);
  std::vector<Step> steps;
  for (const Feed& feed : registry.feeds())
    if (!is_recorded(declared, feed))
      steps.push_back({declared.contains(feed.name) ? "declaration " + feed.name : "",
                       [feed, declared_by](Session& s) { declare(s, feed, declared_by); }});
  return steps;
}

std::vector<std::string> undeclared_feeds(Session& session, const Registry& registry) {
  const auto declared = read_declared_feeds(session);
  std::vector<std::string> names;
  for (const Feed& feed : registry.feeds())
    if (!is_recorded(declared, feed))
      names.push_back(feed.name);
  return names;
}

void lock_out_loaders(Session& session) {
  if (session.engine() == Engine::postgres && has_table(session))
    session.exec("lock table ingest_feeds in access exclusive mode");
}

std::string describe_difference(Session& session, const Feed& feed) {
  const Rows found =
      session.exec("select origin, declared_by, declared_at from ingest_feeds where feed = $1", {feed.name});
  const std::string here = "this process has its declaration from " + feed.origin;
  if (found.empty())
    return here + ", the database has none";
  const auto& row = found.rows[0];
  return here + ", the database has another one from " + as_text(row[0]) + ", declared by " + as_text(row[1]) + " at " +
         as_text(row[2]);
}

}  // namespace longshore::store
