#include "store/verify_queries.hpp"

#include "base/time.hpp"
#include "store/horizons.hpp"
#include "store/latest.hpp"
#include "store/schema_sql.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <vector>

namespace longshore::store {
namespace {

// A file whose rows are all after the cut, or that has more rows after it than the ledger counted.
constexpr const char* k_recent_file = "and (l.first_time >= $2 or coalesce(l.rows_kept, 0) < t.found)";

// The column by which `since` cuts the feed's table; "": it does not.
std::string cut_of(const Feed& feed, const std::string& since) {
  return since.empty() || !feed.time_column ? "" : sql_name(feed.columns[*feed.time_column].name);
}

// The rows of which the newest is compared: those of the history, and latest rows behind the horizon, whose rows in the
// history are gone. Such a row is wrong only if the history has a newer one.
std::string rows_for_latest(const Feed& feed, const std::string& other_columns, const std::string& recent,
                            const Horizons& horizons, std::vector<Value>& values) {
  const std::string columns = other_columns + ", file_id";
  std::string sql = fmt::format("select {} from {} {}", columns, sql_name(feed.table), recent);
  const auto horizon = horizons.find(feed.name);
  if (horizon == horizons.end() ||
      std::ranges::find(feed.columns, horizon->second.time_column, &Column::name) == feed.columns.end())
    return sql;
  values.emplace_back(format_time(horizon->second.time));
  return sql + fmt::format(" union all select {} from {} {} {} < ${}", columns, sql_name(feed.latest->table), recent,
                           (recent.empty() ? "where " : "and ") + sql_name(horizon->second.time_column), values.size());
}

}  // namespace

bool has_newer_arrival(Session& session, const std::string& file_name, std::int64_t file_id) {
  return !session
              .exec(R"(
select 1
from ingest_log
where file_name = $1 and file_id > $2
limit 1
)",
                    {file_name, file_id})
              .empty();
}

Rows unequal_counts(Session& session, const std::string& feed) {
  return session.exec(R"(
select file_id, file_name, records, rows_loaded, rows_duplicate, rows_rejected
from ingest_log
where status in ('loaded', 'partial')
  and records <> rows_loaded + rows_duplicate + rows_rejected
  and ($1 = '' or feed = $1)
order by file_id
limit 1000
)",
                      {feed});
}

Rows surplus_rejects(Session& session, const std::string& feed) {
  return session.exec(R"(
select r.file_id, l.file_name, r.stored, coalesce(l.rows_rejected, 0)
from (
  select file_id, count(distinct record_no) as stored
  from ingest_rejects
  group by file_id
) r
left join ingest_log l on l.file_id = r.file_id
where r.stored > coalesce(l.rows_rejected, 0) and ($1 = '' or l.feed = $1)
order by r.file_id
limit 1000
)",
                      {feed});
}

Rows loading_files(Session& session, const std::string& feed) {
  return session.exec(R"(
select file_id, file_name, claim, instance
from ingest_log
where status = 'loading' and ($1 = '' or feed = $1)
order by file_id
limit 1000
)",
                      {feed});
}

bool is_loading(Session& session, std::int64_t file_id) {
  return !session.exec("select 1 from ingest_log where file_id = $1 and status = 'loading'", {file_id}).empty();
}

namespace {

// The columns of unequal_rows(). Rows are replaced without a trace, so a file has at most as many as it wrote.
Rows surplus_latest_rows(Session& session, const Feed& feed) {
  return session.exec(fmt::format(R"(
select t.file_id, coalesce(l.file_name, ''), coalesce(l.status, 'nothing'), coalesce(l.rows_loaded, 0), t.found,
       0
from (
  select file_id, count(*) as found
  from {}
  where file_id is not null
  group by file_id
) t
left join ingest_log l on l.file_id = t.file_id and l.feed = $1
where l.status is null or l.status not in ('loaded', 'partial') or t.found > coalesce(l.rows_loaded, 0)
order by 1
limit 1000
)",
                                  sql_name(feed.table)),
                      {feed.name});
}

}  // namespace

Rows unequal_rows(Session& session, const Feed& feed, const std::string& since) {
  if (!feed.has_history)
    return surplus_latest_rows(session, feed);
  const std::string time = cut_of(feed, since);
  std::vector<Value> values{feed.name};
  if (!time.empty())
    values.emplace_back(since);
  // the ledger does not know how many of a file's rows are older than the cut
  return session.exec(fmt::format(R"(
select coalesce(l.file_id, t.file_id), coalesce(l.file_name, ''), coalesce(l.status, 'nothing'),
       coalesce(l.rows_kept, 0), coalesce(t.found, 0), coalesce(l.rows_purged, 0)
from (
  select file_id, file_name, status, rows_loaded - coalesce(rows_purged, 0) as rows_kept, rows_purged, first_time
  from ingest_log
  where feed = $1
) l
full join (
  select file_id, count(*) as found
  from {table}
  {recent}
  group by file_id
) t on t.file_id = l.file_id
where coalesce(l.rows_kept, 0) <> coalesce(t.found, 0) {recent_file}
order by 1
limit 1000
)",
                                  fmt::arg("table", sql_name(feed.table)),
                                  fmt::arg("recent", time.empty() ? "" : "where " + time + " >= $2"),
                                  fmt::arg("recent_file", time.empty() ? "" : k_recent_file)),
                      values);
}

std::uint64_t files_across(Session& session, const Feed& feed, const std::string& since) {
  if (!feed.has_history || cut_of(feed, since).empty())
    return 0;
  const Rows count = session.exec(R"(
select count(*)
from ingest_log
where feed = $1 and rows_loaded > 0 and (first_time is null or (first_time < $2 and last_time >= $2))
)",
                                  {feed.name, since});
  return static_cast<std::uint64_t>(as_int(count.rows[0][0]));
}

Rows unequal_latest(Session& session, const Feed& feed, const std::string& since) {
  std::vector<std::string> columns = latest_columns(feed);
  std::erase(columns, "file_id");  // of equal rows, that of any file is correct
  std::vector<std::string> keys;
  for (const std::size_t i : feed.latest->key)
    keys.push_back(feed.columns[i].name);
  // the newest row after the cut is the newest of all only if both use one column
  const std::string time = feed.time_column == feed.latest->newest ? cut_of(feed, since) : "";
  std::vector<Value> values;
  if (!time.empty())
    values.emplace_back(since);
  const std::string recent = time.empty() ? "" : "where " + time + " >= $1";
  const std::string rows = rows_for_latest(feed, sql_names(columns), recent, read_horizons(session), values);
  return session.exec(fmt::format(R"(
with newest as (
  select {columns}
  from (
    select {columns}, row_number() over (partition by {key} {newest_first}) as longshore_rank
    from ({rows}) history
  ) ranked
  where longshore_rank = 1
),
latest as (
  select {columns}
  from {latest}
  {recent}
)
select {key} from (select {columns} from newest except select {columns} from latest) wanted
union
select {key} from (select {columns} from latest except select {columns} from newest) found
order by 1
limit 1000
)",
                                  fmt::arg("columns", sql_names(columns)), fmt::arg("key", sql_names(keys)),
                                  fmt::arg("newest_first", newest_first_sql(session.engine(), feed)),
                                  fmt::arg("rows", rows), fmt::arg("latest", sql_name(feed.latest->table)),
                                  fmt::arg("recent", recent)),
                      values);
}

}  // namespace longshore::store
