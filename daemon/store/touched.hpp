// The keys that a run of a task is given: the distinct values, in the rows of changed files, of some columns or of
// parts of them. A run of SQL finds them in the temporary table `touched`. A program gets them as lines; until its run
// has succeeded they are in the table ingest_touched_<task>, where a replay also puts the keys of the rows that it
// deletes.
#pragma once

#include "feed/feed.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace longshore::store {

struct TouchedKey {
  std::string name;
  std::string from;  // a column of the feed's table
  std::string
      truncate;     // "": the value itself; minute, hour: a timestamp; day, month, year: the date on which it begins
  ColumnType type;  // of the key
};

// The type of a key that is a timestamp or date truncated like this.
ColumnType truncated_type(std::string_view truncate);

// Where the rows of a task are.
struct TaskSource {
  std::string feed;  // or k_ledger_feed
  std::string table;
};

struct TaskKeys {
  std::string task;
  std::vector<TouchedKey> keys;  // empty: the changed files, as file_id
  std::vector<TaskSource> sources;

  std::vector<std::string> names() const;
};

// For ingest_tasks.touched.
std::string json_of(std::span<const TouchedKey> keys);

// "ingest_touched_NAME"; a task has it from its declaration to its drop.
std::string touched_table(std::string_view task);
std::string create_touched_table_sql(Engine engine, const TaskKeys& keys);

// In the transaction of a replay, before it deletes rows: notes the keys of these files' rows for each task of the
// feed.
void touch_rows(Session& session, const Feed& feed, std::span<const std::int64_t> file_ids);

struct Taken {
  std::uint64_t changes = 0;         // files
  std::uint64_t touched = 0;         // keys
  std::vector<std::int64_t> left{};  // changed files whose rows are not all visible yet, see store/distributed
};

// A run of SQL, in a transaction of begin_snapshot(): creates the temporary table `touched`. Keys behind the horizon of
// a feed are left out: their rows may be gone in part, so what was made of them stays as it is.
Taken make_touched(Session& session, const TaskKeys& keys);
// At its end: deletes the changes and keys that it has used, and `touched`. Those that were committed since its begin
// stay.
void delete_used(Session& session, const TaskKeys& keys, const Taken& taken);

// A run of a program, in a transaction of begin_snapshot(): makes its keys of the changes, and deletes these.
Taken take_keys(Session& session, const TaskKeys& keys, std::int64_t run_id);
// Appends the keys of the run behind number `after`, at most 1000, as lines: {"hour":"2026-01-01T10:00:00.000000Z"}.
// Keys are numbered from 1. Returns how many it appended.
std::size_t append_keys(Session& session, const TaskKeys& keys, std::int64_t run_id, std::int64_t after,
                        std::string& lines);
void delete_keys(Session& session, const TaskKeys& keys, std::int64_t run_id);

// Adds a change if keys of an earlier run of a program wait, so that the next run gets them. $1: the task.
std::string use_keys_sql(std::string_view task);

// The statement that lets one run of a task use its keys at a time: for begin_snapshot().
std::string lock_touched_sql(std::string_view task);

}  // namespace longshore::store
