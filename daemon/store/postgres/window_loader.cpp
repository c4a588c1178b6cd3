#include "store/postgres/window_loader.hpp"

#include "base/crash_point.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "store/latest.hpp"
#include "store/postgres/copy.hpp"
#include "store/schema_sql.hpp"

#include <algorithm>
#include <unordered_map>

namespace longshore::store::postgres {
namespace {

// After a conflict so many windows in a row must be clean before the question is left out again.
constexpr int k_clean_windows = 4;
constexpr auto k_undo_window = "rollback to savepoint longshore_window; release savepoint longshore_window";
constexpr std::size_t k_newest_bytes = std::size_t{4} << 20;

// 23505 is PostgreSQL's unique violation, XX000 what Citus makes of it.
bool is_conflict(const Error& error) { return error.code() == "23505" || error.code() == "XX000"; }

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

// "fact.a = stage.a and …" over what makes a row one row.
std::string same_row_sql(const Feed& feed) {
  std::string sql;
  for (const std::string& name : fact_key(feed))
    sql += (sql.empty() ? "" : " and ") + ("fact." + sql_name(name)) + " = stage." + sql_name(name);
  return sql;
}

}  // namespace

void WindowLoader::begin(LoadOrder road) {
  m_road = road;
  m_clean_windows_owed = 0;
  m_stages.clear();
  m_newest.clear();
}

// A savepoint for each window, however many there are: with more than 64 subtransactions a server looks up whose they are, but 4 000
// of them under way cost four readers of the same rows nothing that could be measured (PostgreSQL 15).
void WindowLoader::load(const RowBatch& window, std::span<const std::int64_t> file_ids, LoadCounts& counts) {
  const Feed& feed = window.feed();
  if (m_road == LoadOrder::ordered) {
    stage_window(stage(feed, "rows"), window, file_ids);
  } else if (m_clean_windows_owed > 0 || !load_fast(window, file_ids, {}, counts)) {
    const std::vector<std::int64_t> holders = ask_holders(window);
    const bool is_clean = std::ranges::all_of(holders, [](std::int64_t holder) { return holder == 0; });
    m_clean_windows_owed = is_clean ? std::max(m_clean_windows_owed - 1, 0) : k_clean_windows;
    if (!load_fast(window, file_ids, holders, counts))
      load_staged(window, file_ids, counts);
  }
  if (feed.latest)
    keep_newest(window, file_ids);
}

void WindowLoader::finish(const Feed& feed, std::span<const std::int64_t> file_ids, LoadCounts& counts) {
  if (m_road == LoadOrder::ordered) {
    m_connection.exec("set local statement_timeout = 0");  // the one statement takes as long as the file is large
    insert_staged(feed, stage(feed, "rows"), file_ids, counts);
  }
  if (!feed.latest)
    return;
  if (const auto newest = m_newest.find(feed.name); newest != m_newest.end()) {
    stage_newest(newest->second, newest_rows(newest->second), file_ids);
    newest->second.clear();
  }
  merge_latest(feed, stage(feed, "newest"));
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
    if (copy.told())
      begun.file_id = std::stoll(*copy.told());
    if (begun.file_id)
      for (const RowBatch::Row& row : window.rows())
        copy.row(window.tuple(row), *begun.file_id);
    copy.finish();
    begun.has_rows = begun.file_id.has_value();
  } catch (const Error& error) {
    if (!has_savepoint || !m_connection.is_open() || !is_conflict(error))
      throw;
    m_connection.exec(k_undo_window);
    m_clean_windows_owed = k_clean_windows;
  }
  if (!begun.file_id)
    m_connection.exec("rollback");
  return begun;
}

// `holders`: by row, which file has it already (0: none); empty: none has any. False: there were rows that are in the table
// already, and nothing was done.
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
    const RowBatch::Row* first = nullptr;  // of equal rows
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
    if (!m_connection.is_open() || !is_conflict(error))
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

// By row of the window; of equal rows only the first is asked for.
std::vector<std::int64_t> WindowLoader::ask_holders(const RowBatch& window) {
  const Feed& feed = window.feed();
  const std::string key = sql_names(fact_key(feed));
  Stage& asked = stage(feed, "keys", key + ", 0 as row_no");
  {
    CopyIn copy{m_connection, asked.name, key + ", row_no", m_buffer};
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
  // limit 1 keeps the planner at the primary key: as a plain join it reads the whole table for each window
  const pqxx::result held =
      m_connection.exec("select stage.row_no, holder.file_id\n"
                        "from " +
                        asked.name +
                        " stage\n"
                        "cross join lateral (select fact.file_id from " +
                        sql_name(feed.table) + " fact where " + same_row_sql(feed) + " limit 1) holder");
  m_connection.exec("truncate " + asked.name);
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

// Equal rows all go there: who holds the row, a neighbour or an older file, the table decides.
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

// Where most rows of a window are older ones of few keys, the next window brings the same keys again: only the newest of all
// windows go to the server.
void WindowLoader::keep_newest(const RowBatch& window, std::span<const std::int64_t> file_ids) {
  const Feed& feed = window.feed();
  const std::vector<std::size_t> numbers = newest_rows(window);
  if (numbers.size() > window.size() / 2)
    return stage_newest(window, numbers, file_ids);
  RowBatch& newest = m_newest.try_emplace(feed.name, feed).first->second;
  for (const std::size_t number : numbers)
    newest.add(window, window.rows()[number]);
  if (newest.bytes() < k_newest_bytes)
    return;
  RowBatch fewer{feed};
  for (const std::size_t number : newest_rows(newest))
    fewer.add(newest, newest.rows()[number]);
  if (fewer.bytes() > k_newest_bytes / 2) {
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
  const std::string table = sql_name(feed.table);
  const std::string columns = sql_names(tuple_columns(feed));
  const std::string key = sql_names(fact_key(feed));
  std::uint64_t inserted = 0;
  // counted by RETURNING: on Citus the command tag counts attempts
  const pqxx::result loaded = m_connection.exec("with inserted as (\n"
                                                "  insert into " +
                                                table + " (" + columns +
                                                ")\n"
                                                "  select " +
                                                columns + " from " + stage.name +
                                                "\n"
                                                "  order by " +
                                                key +
                                                ", file_id\n"
                                                "  on conflict (" +
                                                key +
                                                ") do nothing\n"
                                                "  returning file_id\n"
                                                ") select file_id, count(*) from inserted group by file_id");
  for (const auto& row : loaded) {
    const auto rows = row[1].as<std::uint64_t>();
    counts.loaded[files.of(row[0].as<std::int64_t>())] += rows;
    inserted += rows;
  }
  if (inserted != stage.rows) {
    const pqxx::result overlaps = m_connection.exec("select stage.file_id, holder.file_id, count(*)\n"
                                                    "from " +
                                                    stage.name +
                                                    " stage\n"
                                                    "cross join lateral (select fact.file_id from " +
                                                    table + " fact where " + same_row_sql(feed) +
                                                    " limit 1) holder\n"
                                                    "where holder.file_id <> stage.file_id\n"
                                                    "group by stage.file_id, holder.file_id");
    for (const auto& row : overlaps)
      counts.overlaps[{files.of(row[0].as<std::int64_t>()), row[1].as<std::int64_t>()}] += row[2].as<std::uint64_t>();
  }
  m_connection.exec("truncate " + stage.name);
  stage.rows = 0;
}

void WindowLoader::merge_latest(const Feed& feed, Stage& stage) {
  if (stage.rows == 0)
    return;
  crash_point("before_latest");
  std::vector<std::string> key;
  for (const std::size_t i : feed.latest->key)
    key.push_back(feed.columns[i].name);
  const std::string columns = sql_names(latest_columns(feed));
  m_connection.exec("insert into " + sql_name(feed.latest->table) + " (" + columns +
                    ")\n"
                    "select distinct on (" +
                    sql_names(key) + ") " + columns + " from " + stage.name + "\n" + newest_first_sql(feed) + "\n" +
                    replace_older_sql(feed));
  crash_point("after_latest");
  m_connection.exec("truncate " + stage.name);
  stage.rows = 0;
}

// Made lazily, and once a connection; a transaction that rolls back takes the table with it, hence the question each time.
WindowLoader::Stage& WindowLoader::stage(const Feed& feed, const char* kind, const std::string& columns) {
  const std::string role = std::string{kind} + " of " + feed.table;
  if (const auto known = m_stages.find(role); known != m_stages.end())
    return known->second;
  // A digest, because a name made of the table's might be longer than PostgreSQL keeps apart; of the columns too, because
  // behind a pooler the table that is found may be another session's, of another release.
  const std::string name = sql_name("longshore_stage_" + Sha256::of(role + " " + columns).substr(0, 16));
  m_connection.exec("create temporary table if not exists " + name + " on commit delete rows as select " + columns +
                    " from " + sql_name(feed.table) + " with no data");
  return m_stages.emplace(role, Stage{"pg_temp." + name, 0}).first->second;
}

WindowLoader::Stage& WindowLoader::stage(const Feed& feed, const char* kind) {
  return stage(feed, kind, sql_names(tuple_columns(feed)));
}

}  // namespace longshore::store::postgres
