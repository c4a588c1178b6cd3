#include "store/distributed.hpp"

#include "base/time.hpp"
#include "store/changes.hpp"
#include "store/clock.hpp"
#include "store/id_list.hpp"
#include "store/schema_sql.hpp"

#include <map>

namespace longshore::store {
namespace {

// In microseconds. Rows that are still missing then were deleted, or replaced in a table of latest rows.
constexpr std::int64_t k_longest_delay = 600'000'000;

// Citus keeps its list of distributed tables in the catalog.
bool has_citus(Session& session) {
  return session.engine() == Engine::postgres &&
         as_int(session.exec("select to_regclass('pg_dist_partition') is not null").rows[0][0]) != 0;
}

bool is_distributed(Session& session, const TaskSource& source) {
  return source.feed != k_ledger_feed &&
         !session.exec("select 1 from pg_dist_partition where logicalrelid = to_regclass($1)", {sql_name(source.table)})
              .empty();
}

// file -> rows
using Counts = std::map<std::int64_t, std::int64_t>;

Counts counts_of(const Rows& rows) {
  Counts counts;
  for (const auto& row : rows.rows)
    counts[as_int(row[0])] = as_int(row[1]);
  return counts;
}

}  // namespace

std::vector<std::int64_t> unseen_files(Session& session, const TaskKeys& keys, std::span<const std::int64_t> file_ids) {
  std::vector<std::int64_t> unseen;
  if (!has_citus(session))
    return unseen;
  for (const TaskSource& source : keys.sources) {
    if (!is_distributed(session, source))
      continue;
    for_each_chunk(file_ids, [&](const std::string& list, std::vector<Value> params, auto) {
      const Counts seen = counts_of(session.exec("select file_id, count(*) from " + sql_name(source.table) +
                                                     " where file_id in (" + list + ") group by file_id",
                                                 params));
      params.emplace_back(source.feed);
      params.emplace_back(format_time(server_time(session) - k_longest_delay));
      const Counts expected = counts_of(
          session.exec("select file_id, rows_loaded - coalesce(rows_purged, 0) from ingest_log where file_id in (" +
                           list + ") and feed = $" + std::to_string(params.size() - 1) + " and finished_at > $" +
                           std::to_string(params.size()) + " and status in ('loaded', 'partial')",
                       params));
      for (const auto& [file_id, rows] : expected)
        if (const auto found = seen.find(file_id); (found == seen.end() ? 0 : found->second) < rows)
          unseen.push_back(file_id);
    });
  }
  return unseen;
}

}  // namespace longshore::store
