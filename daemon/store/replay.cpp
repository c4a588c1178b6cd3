#include "store/replay.hpp"

#include "base/time.hpp"
#include "store/id_list.hpp"
#include "store/latest.hpp"
#include "store/own_schema.hpp"
#include "store/postgres/settings.hpp"
#include "store/schema_sql.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

namespace longshore::store {
namespace {

std::vector<Overlap> overlaps_where(Session& session, const char* column, std::span<const std::int64_t> ids) {
  std::vector<Overlap> out;
  for_each_chunk(ids, [&](const std::string& list, const std::vector<Value>& params, auto) {
    const std::string sql = fmt::format(R"(
select file_id, holder_file_id
from ingest_overlap
where {} in ({})
)",
                                        column, list);
    for (const auto& row : session.exec(sql, params).rows)
      out.push_back({as_int(row[0]), as_int(row[1])});
  });
  return out;
}

// Finds the rows by the time range that the ledger has for the files. If the feed's time column was changed after the
// load, this deletes fewer rows than the ledger counted. Then the whole table is searched.
void delete_facts(Session& session, const Feed& feed, const std::string& list, std::vector<Value> params,
                  std::span<const KnownFile> files) {
  std::uint64_t expected = 0;
  std::string first;
  std::string last;
  for (const KnownFile& file : files) {
    expected += file.rows_loaded - std::min(file.rows_purged, file.rows_loaded);
    if (!file.first_time.empty() && (first.empty() || file.first_time < first))
      first = file.first_time;
    last = std::max(last, file.last_time);
  }
  const std::string sql = fmt::format(R"(
delete from {}
where file_id in ({})
)",
                                      sql_name(feed.table), list);
  std::uint64_t deleted = 0;
  if (feed.time_column && !first.empty()) {
    std::vector<Value> in_range = params;
    in_range.insert(in_range.end(), {first, last});
    const std::string time = sql_name(feed.columns[*feed.time_column].name);
    deleted = session
                  .exec(fmt::format("{0}  and {1} >= ${2} and {1} <= ${3}\n", sql, time, params.size() + 1,
                                    params.size() + 2),
                        in_range)
                  .affected;
  }
  // a file without rows may have some from before its feed had `history = false`
  if (deleted != expected || expected == 0)
    session.exec(sql, params);
}

// Deletes a latest row if its key has no row left in the fact table.
void restore_latest(Session& session, const Feed& feed, const std::string& list, std::vector<Value> params,
                    std::int64_t horizon) {
  const std::string latest = sql_name(feed.latest->table);
  std::string same_key;
  std::vector<std::string> other_columns = latest_columns(feed);
  for (const std::size_t i : feed.latest->key) {
    const std::string& name = feed.columns[i].name;
    same_key += (same_key.empty() ? "" : " and ") + ("fact." + sql_name(name)) + " = " + latest + "." + sql_name(name);
    std::erase(other_columns, name);
  }
  const std::string facts = sql_name(feed.table);
  std::string is_kept;
  if (feed.keep && horizon != k_no_horizon) {
    params.emplace_back(format_time(horizon));
    is_kept = fmt::format("\n  and {} >= ${}", sql_name(feed.columns[feed.keep->column].name), params.size());
  }
  session.exec(fmt::format(R"(
delete from {0}
where file_id in ({1}){4}
  and not exists (
    select 1
    from {2} fact
    where {3}
  )
)",
                           latest, list, facts, same_key, is_kept),
               params);
  session.exec(fmt::format(R"(
update {0}
set ({1}) = (
  select {1}
  from {2} fact
  where {3}
  {4}
  limit 1
)
where file_id in ({5}){6}
)",
                           latest, sql_names(other_columns), facts, same_key, newest_first_sql(session.engine(), feed),
                           list, is_kept),
               params);
}

void refuse_marked_rows(Session& session, const Feed& feed) {
  const std::string table = qualified(session, feed.table);
  if (!session.exec("select 1 from " + sql_name(feed.table) + " where file_id < 0 limit 1").empty())
    throw Error{Fault::fatal, "table \"" + feed.table +
                                  "\" has rows with a negative file_id, which longshore did not write: a replay would "
                                  "delete them"}
        .with_hint("update " + table + " set file_id = null where file_id < 0")
        .exits(Exit::config);
}

}  // namespace

std::vector<Overlap> overlaps_held_by(Session& session, std::span<const std::int64_t> holders) {
  return overlaps_where(session, "holder_file_id", holders);
}

std::vector<Overlap> overlaps_of(Session& session, std::span<const std::int64_t> file_ids) {
  return overlaps_where(session, "file_id", file_ids);
}

void lock_tables(Session& session, const Feed& feed) {
  if (session.engine() != Engine::postgres)
    return;
  session.exec(postgres::k_no_statement_timeout);  // the time of a delete depends on the size of the table
  // loaders lock in this order; two statements, so that the snapshot of the next one is taken with both locks held
  for (const TableShape& table : tables_of(feed))
    session.exec("lock table " + sql_name(table.name) + " in share row exclusive mode");
}

void delete_rows(Session& session, const Feed& feed, std::span<const KnownFile> files, std::int64_t horizon) {
  if (!feed.has_history)
    refuse_marked_rows(session, feed);
  for_each_chunk(
      files, [&](const std::string& list, const std::vector<Value>& params, std::span<const KnownFile> chunk) {
        session.exec("delete from ingest_rejects where file_id in (" + list + ")", params);
        session.exec("delete from ingest_overlap where file_id in (" + list + ")", params);
        if (feed.has_history)
          delete_facts(session, feed, list, params, chunk);
        else
          session.exec("update " + sql_name(feed.table) + " set file_id = -file_id where file_id in (" + list + ")",
                       params);
      });
  if (!feed.has_history)
    return;
  // only after all facts are deleted: otherwise a row of these files could become the latest row again
  if (feed.latest)
    for_each_chunk(files, [&](const std::string& list, const std::vector<Value>& params, auto) {
      restore_latest(session, feed, list, params, horizon);
    });
}

void delete_replaced(Session& session, const Feed& feed, std::span<const KnownFile> files) {
  if (feed.has_history)
    return;
  for_each_chunk(files, [&](const std::string& list, const std::vector<Value>& params, auto) {
    session.exec("delete from " + sql_name(feed.table) + " where file_id < 0 and -file_id in (" + list + ")", params);
  });
}

std::vector<std::int64_t> files_with_rows(Session& session, const Feed& feed) {
  std::vector<std::int64_t> ids;
  for (const auto& row :
       session.exec("select file_id from ingest_log where feed = $1 and status in ('loaded', 'partial')", {feed.name})
           .rows)
    ids.push_back(as_int(row[0]));
  return ids;
}

}  // namespace longshore::store
