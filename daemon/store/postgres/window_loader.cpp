#include "store/postgres/window_loader.hpp"

#include "base/crash_point.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "store/latest.hpp"
#include "store/postgres/copy.hpp"
#include "store/postgres/settings.hpp"
#include "store/postgres/sqlstate.hpp"
#include "store/schema_sql.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <unordered_map>

namespace longshore::store::postgres {
namespace {

// After a conflict, this many windows in a row must have only new rows before the fast way is tried again.
constexpr int k_careful_windows = 4;
constexpr auto k_undo_window = "rollback to savepoint longshore_window; release savepoint longshore_window";
constexpr std::size_t k_max_newest_bytes = std::size_t{4} << 20;  // then the newest rows are reduced or staged

// file_id -> index of the file in the batch.
class FileNumbers {
 public:
  explicit FileNumbers(std::span<const std::int64_t> file_ids) {
    for (std::size_t i = 0; i < file_ids.size(); ++i)
      m_numbers[file_ids[i]] = static_cast<std::uint32_t>(i);
  }
  std::uint32_t of(std::int64_t file_id) const { return m_numbers.at(file_id); }

 private:
  std::unordered_map<std::int64_t, std::uint32_t> m_numbers;
};

// "fact.a = stage.a and …" for the columns of the unique key.
std::string same_row_sql(const Feed& feed) {
  std::string sql;
  for (const std::string& name : fact_key(feed))
    sql += (sql.empty() ? "" : " and ") + ("fact." + sql_name(name)) + " = stage." + sql_name(name);
  return sql;
}

// "(select …) holder": the file that holds the row of `stage`. With limit 1 the planner uses the primary key; for a
// plain join it reads the whole table for each window.
std::string holder_sql(const Feed& feed) {
  return fmt::format(R"((
  select fact.file_id
  from {} fact
  where {}
  limit 1
) holder)",
                     sql_name(feed.table), same_row_sql(feed));
}

}  // namespace

void WindowLoader::begin(LoadOrder order) {
  m_order = order;
  m_careful_windows_left = 0;
  m_stages.clear();
  m_newest.clear();
}

// Each window has a savepoint. With more than 64 open subtransactions, readers must look up their parents. 4 000 of
// them had no measurable cost for four readers of the same rows (PostgreSQL 15).
void WindowLoader::load(const RowBatch& window, std::span<const std::int64_t> file_ids, LoadCounts& counts) {
  const Feed& feed = window.feed();
  if (!feed.has_history)
    return collect_newest(window, file_ids);
  if (m_order == LoadOrder::ordered) {
    stage_window(stage(feed, "rows"), window, file_ids);
  } else if (m_careful_windows_left > 0 || !load_fast(window, file_ids, {}, counts)) {
    const std::vector<std::int64_t> holders = find_holders(window);
    const bool is_clean = std::ranges::all_of(holders, [](std::int64_t holder) { return holder == 0; });
    m_careful_windows_left = is_clean ? std::max(m_careful_windows_left - 1, 0) : k_careful_windows;
    if (!load_fast(window, file_ids, holders, counts))
      load_staged(window, file_ids, counts);
  }
  if (feed.latest)
    collect_newest(window, file_ids);
}

void WindowLoader::finish(const Feed& feed, std::span<const std::int64_t> file_ids, LoadCounts& counts) {
  if (m_order == LoadOrder::ordered && feed.has_history) {
    m_connection.exec(k_no_statement_timeout);  // the insert's time depends on the size of the file
    insert_staged(feed, stage(feed, "rows"), file_ids, counts);
  }
  if (!feed.latest)
    return;
  if (const auto newest = m_newest.find(feed.name); newest != m_newest.end()) {
    stage_newest(newest->second, newest_rows(newest->second), file_ids);
    newest->second.clear();
  }
  merge_latest(feed, stage(feed, "newest"), file_ids, counts);
}

Session::FileBegin WindowLoader::begin_file(const std::string& first, const RowBatch& window) {
  begin(LoadOrder::straight);
  Session::FileBegin begun;
  bool has_savepoint = false;
  try {
    CopyIn copy{m_connection,
                sql_name(window.feed().table),
                sql_names(tuple_columns(window.feed())),
                m_buffer,
                {first + "; savepoint longshore_window", "release savepoint longshore_window"}};
    has_savepoint = true;
    if (copy.returned())
      begun.file_id = std::stoll(*copy.returned());
    if (begun.file_id)
      for (const RowBatch::Row& row : window.rows())
        copy.row(window.tuple(row), *begun.file_id);
    copy.finish();
    begun.has_rows = begun.file_id.has_value();
  } catch (const Error& error) {
    if (!has_savepoint || !m_connection.is_open() || !is_unique_violation(error))
      throw;
    m_connection.exec(k_undo_window);
    m_careful_windows_left = k_careful_windows;
  }
  if (!begun.file_id)
    m_connection.exec("rollback");
  return begun;
}

// `holders` has the file that already holds each row (0: none); empty if no row has one. Returns false, with nothing
// inserted, if other rows already exist.
bool WindowLoader::load_fast(const RowBatch& window, std::span<const std::int64_t> file_ids,
                             std::span<const std::int64_t> holders, LoadCounts& counts) {
  LoadCounts own;
  own.loaded.resize(file_ids.size());
  try {
    CopyIn copy{m_connection,
                sql_name(window.feed().table),
                sql_names(tuple_columns(window.feed())),
                m_buffer,
                {"savepoint longshore_window", "release savepoint longshore_window"}};
    const RowBatch::Row* first = nullptr;  // the first of equal rows
    std::int64_t holder = 0;
    for (std::size_t i = 0; i < window.size(); ++i) {
      const RowBatch::Row& row = window.rows()[i];
      if (!first || !window.same(*first, row)) {
        first = &row;
        holder = holders.empty() ? 0 : holders[i];
        if (holder == 0) {
          holder = file_ids[row.file];
          copy.row(window.tuple(row), holder);
          ++own.loaded[row.file];
          continue;
        }
      }
      if (holder != file_ids[row.file])
        ++own.overlaps[{row.file, holder}];
    }
    copy.finish();
  } catch (const Error& error) {
    if (!m_connection.is_open() || !is_unique_violation(error))
      throw;
    m_connection.exec(k_undo_window);
    crash_point("after_window_undone");
    return false;
  }
  for (std::size_t i = 0; i < own.loaded.size(); ++i)
    counts.loaded[i] += own.loaded[i];
  for (const auto& [files, rows] : own.overlaps)
    counts.overlaps[files] += rows;
  return true;
}

// The holder of each row of the window, or 0. Of equal rows, only the first is looked up.
std::vector<std::int64_t> WindowLoader::find_holders(const RowBatch& window) {
  const Feed& feed = window.feed();
  const std::string key = sql_names(fact_key(feed));
  Stage& keys = stage(feed, "keys", key + ", 0 as row_no");
  {
    CopyIn copy{m_connection, keys.name, key + ", row_no", m_buffer};
    std::vector<RowBatch::Cell> cells;
    std::vector<RowBatch::Cell> fields;
    for (std::size_t i = 0; i < window.size(); ++i) {
      if (i > 0 && window.same(window.rows()[i - 1], window.rows()[i]))
        continue;
      window.cells(window.rows()[i], cells);
      fields.clear();
      for (const std::size_t column : feed.key)
        fields.push_back(cells[column]);
      fields.push_back(cells.back());  // record_hash
      copy.row(fields, static_cast<std::int32_t>(i));
    }
    copy.finish();
  }
  const pqxx::result held = m_connection.exec(fmt::format(R"(
select stage.row_no, holder.file_id
from {} stage
cross join lateral {}
)",
                                                          keys.name, holder_sql(feed)));
  m_connection.exec("truncate " + keys.name);
  std::vector<std::int64_t> holders(window.size());
  for (const auto& row : held)
    holders[row[0].as<std::size_t>()] = row[1].as<std::int64_t>();
  return holders;
}

void WindowLoader::load_staged(const RowBatch& window, std::span<const std::int64_t> file_ids, LoadCounts& counts) {
  Stage& rows = stage(window.feed(), "rows");
  stage_window(rows, window, file_ids);
  insert_staged(window.feed(), rows, file_ids, counts);
}

// Stages equal rows too: the insert decides which file holds the row.
void WindowLoader::stage_window(Stage& stage, const RowBatch& window, std::span<const std::int64_t> file_ids) {
  CopyIn copy{m_connection, stage.name, sql_names(tuple_columns(window.feed())), m_buffer};
  std::uint64_t repeats = 0;
  const RowBatch::Row* previous = nullptr;
  for (const RowBatch::Row& row : window.rows()) {
    copy.row(window.tuple(row), file_ids[row.file]);
    if (previous && previous->file == row.file && window.same(*previous, row))
      ++repeats;
    previous = &row;
  }
  stage.rows += copy.finish() - repeats;
}

// If a window has many rows of few keys, the next windows probably have the same keys. Then only the newest rows of all
// of them are sent to the server.
void WindowLoader::collect_newest(const RowBatch& window, std::span<const std::int64_t> file_ids) {
  const Feed& feed = window.feed();
  const std::vector<std::size_t> numbers = newest_rows(window);
  if (numbers.size() > window.size() / 2)
    return stage_newest(window, numbers, file_ids);
  RowBatch& newest = m_newest.try_emplace(feed.name, feed).first->second;
  for (const std::size_t number : numbers)
    newest.add(window, window.rows()[number]);
  if (newest.bytes() < k_max_newest_bytes)
    return;
  RowBatch fewer{feed};
  for (const std::size_t number : newest_rows(newest))
    fewer.add(newest, newest.rows()[number]);
  if (fewer.bytes() > k_max_newest_bytes / 2) {
    stage_newest(fewer, newest_rows(fewer), file_ids);
    fewer.clear();
  }
  newest = std::move(fewer);
}

void WindowLoader::stage_newest(const RowBatch& batch, std::span<const std::size_t> numbers,
                                std::span<const std::int64_t> file_ids) {
  Stage& staged = stage(batch.feed(), "newest");
  CopyIn copy{m_connection, staged.name, sql_names(tuple_columns(batch.feed())), m_buffer};
  for (const std::size_t number : numbers) {
    const RowBatch::Row& row = batch.rows()[number];
    copy.row(batch.tuple(row), file_ids[row.file]);
  }
  staged.rows += copy.finish();
}

void WindowLoader::insert_staged(const Feed& feed, Stage& stage, std::span<const std::int64_t> file_ids,
                                 LoadCounts& counts) {
  if (stage.rows == 0)
    return;
  const FileNumbers files{file_ids};
  std::uint64_t inserted = 0;
  // counted by RETURNING: on Citus the command tag counts the rows that were tried
  const pqxx::result loaded = m_connection.exec(fmt::format(R"(
with inserted as (
  insert into {0} ({1})
  select {1}
  from {2}
  order by {3}, file_id
  on conflict ({3}) do nothing
  returning file_id
)
select file_id, count(*)
from inserted
group by file_id
)",
                                                            sql_name(feed.table), sql_names(tuple_columns(feed)),
                                                            stage.name, sql_names(fact_key(feed))));
  for (const auto& row : loaded) {
    const auto rows = row[1].as<std::uint64_t>();
    counts.loaded[files.of(row[0].as<std::int64_t>())] += rows;
    inserted += rows;
  }
  if (inserted != stage.rows) {
    const pqxx::result overlaps = m_connection.exec(fmt::format(R"(
select stage.file_id, holder.file_id, count(*)
from {} stage
cross join lateral {}
where holder.file_id <> stage.file_id
group by stage.file_id, holder.file_id
)",
                                                                stage.name, holder_sql(feed)));
    for (const auto& row : overlaps)
      counts.overlaps[{files.of(row[0].as<std::int64_t>()), row[1].as<std::int64_t>()}] += row[2].as<std::uint64_t>();
  }
  m_connection.exec("truncate " + stage.name);
  stage.rows = 0;
}

// Without a history, the rows that a file wrote here are its loaded rows.
void WindowLoader::merge_latest(const Feed& feed, Stage& stage, std::span<const std::int64_t> file_ids,
                                LoadCounts& counts) {
  if (stage.rows == 0)
    return;
  crash_point("before_latest");
  std::vector<std::string> key;
  for (const std::size_t i : feed.latest->key)
    key.push_back(feed.columns[i].name);
  const std::string merge = fmt::format(
      R"(
insert into {0} ({1})
select distinct on ({2}) {1}
from {3}
{4}
{5}
)",
      sql_name(feed.latest->table), sql_names(latest_columns(feed)), sql_names(key), stage.name,
      newest_first_sql(Engine::postgres, feed), replace_older_sql(Engine::postgres, feed));
  if (feed.has_history) {
    m_connection.exec(merge);
  } else {
    const FileNumbers files{file_ids};
    // a user's own table may have triggers and indexes that take their time
    const pqxx::result merged = m_connection.exec(k_no_statement_timeout + ("; with merged as (" + merge) +
                                                  R"(returning file_id)
select file_id, count(*)
from merged
group by file_id
)");
    for (const auto& row : merged)
      counts.loaded[files.of(row[0].as<std::int64_t>())] += row[1].as<std::uint64_t>();
  }
  crash_point("after_latest");
  m_connection.exec("truncate " + stage.name);
  stage.rows = 0;
}

// Created at the first use in a transaction, because a rollback removes a table that its transaction created.
WindowLoader::Stage& WindowLoader::stage(const Feed& feed, const char* kind, const std::string& columns) {
  const std::string role = std::string{kind} + " of " + feed.table;
  if (const auto known = m_stages.find(role); known != m_stages.end())
    return known->second;
  // A digest, because PostgreSQL truncates long names. It includes the columns, because behind a pooler an existing
  // table may be that of a session of another release, and the schema: there the columns may have other types.
  const std::string what = role + " " + columns + (m_schema.empty() ? "" : " in " + m_schema);
  const std::string name = sql_name("longshore_stage_" + Sha256::of(what).substr(0, 16));
  m_connection.exec(fmt::format(R"(
create temporary table if not exists {} on commit delete rows as
select {}
from {}
with no data
)",
                                name, columns, sql_name(feed.table)));
  return m_stages.emplace(role, Stage{"pg_temp." + name, 0}).first->second;
}

WindowLoader::Stage& WindowLoader::stage(const Feed& feed, const char* kind) {
  std::string columns;
  for (const std::string& name : tuple_columns(feed)) {
    const bool is_absent = name == "record_hash" && !feed.has_history && !feed.latest_needs_hash();
    columns += columns.empty() ? "" : ", ";
    columns += (is_absent ? "cast(0 as bigint) as " : "") + sql_name(name);
  }
  return stage(feed, kind, columns);
}

}  // namespace longshore::store::postgres
