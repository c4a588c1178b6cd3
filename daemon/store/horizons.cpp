#include "store/horizons.hpp"

#include "base/crash_point.hpp"
#include "base/time.hpp"
#include "store/declarations.hpp"

namespace longshore::store {
namespace {

constexpr auto k_lock_horizons = "lock table ingest_horizons in access exclusive mode";
constexpr auto k_short_wait = "set local lock_timeout = '2s'";

}  // namespace

Horizons read_horizons(Session& session) {
  Horizons horizons;
  if (session.table_columns("ingest_horizons").empty())
    return horizons;
  const Rows found = session.exec("select feed, time_column, horizon, raised_at, purged_to from ingest_horizons");
  for (const auto& row : found.rows)
    horizons[as_text(row[0])] = {as_text(row[1]), time_in(row[2]), time_in(row[3]),
                                 as_text(row[4]).empty() ? std::nullopt : std::optional{time_in(row[4])}};
  return horizons;
}

std::int64_t horizon_of(const Horizons& horizons, const Feed& feed) {
  const auto found = horizons.find(feed.name);
  if (!feed.keep || found == horizons.end() || found->second.time_column != feed.columns[feed.keep->column].name)
    return k_no_horizon;
  return found->second.time;
}

bool is_confirmed_by_ledger(Session& session, std::int64_t now) {
  return !session
              .exec(R"(
select 1
from ingest_log
where started_at >= $1 and started_at < $2
limit 1
)",
                    {format_time(now - 8 * k_micros_a_day), format_time(now - k_micros_a_day)})
              .empty();
}

bool raise_horizon(Session& session, const Feed& feed, std::int64_t to) {
  const bool has_locks = session.engine() == Engine::postgres;
  session.begin();
  if (has_locks)
    session.exec(k_short_wait);
  // the declarations first, as a load does: else the two could wait for each other
  if (!is_in_force(read_declarations(session), feed)) {
    session.rollback();
    return false;
  }
  if (has_locks)
    session.exec(k_lock_horizons);
  session.exec(R"(
insert into ingest_horizons (feed, time_column, horizon, raised_at)
values ($1, $2, $3, $4)
on conflict (feed) do update
set time_column = excluded.time_column, horizon = excluded.horizon, raised_at = excluded.raised_at,
    purged_to = case when ingest_horizons.time_column = excluded.time_column then ingest_horizons.purged_to end
where ingest_horizons.time_column <> excluded.time_column or ingest_horizons.horizon < excluded.horizon
)",
               {feed.name, feed.columns[feed.keep->column].name, format_time(to), format_time(now_micros())});
  crash_point("before_horizon");
  session.commit();
  crash_point("after_horizon");
  return true;
}

void set_purged_to(Session& session, const Feed& feed, std::int64_t time) {
  if (!is_in_force(begin_load(session, LoadOrder::straight).declarations, feed)) {
    session.rollback();
    return;
  }
  session.exec(R"(
update ingest_horizons
set purged_to = $1
where feed = $2 and time_column = $3 and horizon >= $1 and (purged_to is null or purged_to < $1)
)",
               {format_time(time), feed.name, feed.columns[feed.keep->column].name});
  session.commit();
}

}  // namespace longshore::store
