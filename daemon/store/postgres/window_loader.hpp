// Inserts the windows of one PostgreSQL transaction into their tables. There are four ways:
//
//   fast     SAVEPOINT, COPY directly into the table, RELEASE. Fails if a row already exists.
//   careful  A query first finds the rows that already exist, and their files. The others are inserted the fast way.
//            Used for a window in which the fast way failed, and for the next ones until several had only new rows.
//   staged   COPY into a temporary table, then one sorted INSERT .. SELECT .. ON CONFLICT DO NOTHING. Used if another
//            transaction inserted a row between the query and the COPY.
//   ordered  LoadOrder::ordered: all windows are staged, with one INSERT at the end. Two transactions with the same
//            rows then lock them in the same order.
//
// Of a feed without a history only the newest rows are sent, and merged into its table at the end.
#pragma once

#include "store/postgres/connection.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace longshore::store::postgres {

class WindowLoader {
 public:
  WindowLoader(Connection& connection, std::string schema) : m_connection(connection), m_schema(std::move(schema)) {}

  // Call after each BEGIN: resets the state of the last transaction.
  void begin(LoadOrder order);
  void load(const RowBatch& window, std::span<const std::int64_t> file_ids, LoadCounts& counts);
  void finish(const Feed& feed, std::span<const std::int64_t> file_ids, LoadCounts& counts);
  // See Session::begin_file. `first` is the BEGIN and its settings, then the lock and the insert.
  Session::FileBegin begin_file(const std::string& first, const RowBatch& window);

 private:
  // A temporary table.
  struct Stage {
    std::string name;        // quoted, with its schema
    std::uint64_t rows = 0;  // its rows, without repeats within one file's window
  };

  bool load_fast(const RowBatch& window, std::span<const std::int64_t> file_ids, std::span<const std::int64_t> holders,
                 LoadCounts& counts);
  std::vector<std::int64_t> find_holders(const RowBatch& window);
  void stage_window(Stage& stage, const RowBatch& window, std::span<const std::int64_t> file_ids);
  void collect_newest(const RowBatch& window, std::span<const std::int64_t> file_ids);
  void stage_newest(const RowBatch& batch, std::span<const std::size_t> numbers,
                    std::span<const std::int64_t> file_ids);
  void load_staged(const RowBatch& window, std::span<const std::int64_t> file_ids, LoadCounts& counts);
  void insert_staged(const Feed& feed, Stage& stage, std::span<const std::int64_t> file_ids, LoadCounts& counts);
  void merge_latest(const Feed& feed, Stage& stage, std::span<const std::int64_t> file_ids, LoadCounts& counts);
  Stage& stage(const Feed& feed, const char* kind);
  Stage& stage(const Feed& feed, const char* kind, const std::string& columns);

  Connection& m_connection;
  std::string m_schema;  // Target::schema
  LoadOrder m_order = LoadOrder::straight;
  int m_careful_windows_left = 0;            // before the fast way is tried again
  std::map<std::string, Stage> m_stages;     // those that exist in this transaction
  std::map<std::string, RowBatch> m_newest;  // by feed: newest rows of the windows so far that are not staged yet
  Bytes m_buffer;
};

}  // namespace longshore::store::postgres
