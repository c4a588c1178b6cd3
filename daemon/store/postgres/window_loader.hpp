// How windows get into their tables within one transaction of PostgreSQL.
//
//   fast     SAVEPOINT, COPY straight into the table, RELEASE: rows that are new pay nothing for the check
//   careful  the server is asked first which rows are there already and whose they are; the others go the fast way. Taken by a
//            window that met such a row, and by those after it until some in a row were clean
//   staged   COPY into a temporary table, then one ordered INSERT .. SELECT .. ON CONFLICT DO NOTHING: when a neighbour wrote the
//            row between the question and the COPY
//   late     Road::ordered: every window waits in the temporary table for one INSERT at the end, so that two transactions
//            with the same rows take their locks in the same order
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
  explicit WindowLoader(Connection& connection) : m_connection(connection) {}

  // Call after each BEGIN: what was known of the last transaction is forgotten.
  void begin(LoadOrder road);
  void load(const RowBatch& window, std::span<const std::int64_t> file_ids, LoadCounts& counts);
  void finish(const Feed& feed, std::span<const std::int64_t> file_ids, LoadCounts& counts);
  // Session::begin_file; `first` is what the transaction begins with, the last of it the insert.
  Session::FileBegin begin_file(const std::string& first, const RowBatch& window);

 private:
  // A temporary table.
  struct Stage {
    std::string name;        // quoted, with its schema
    std::uint64_t rows = 0;  // what stands in it, but for repeats within a file's window
  };

  bool load_fast(const RowBatch& window, std::span<const std::int64_t> file_ids, std::span<const std::int64_t> holders,
                 LoadCounts& counts);
  std::vector<std::int64_t> ask_holders(const RowBatch& window);
  void stage_window(Stage& stage, const RowBatch& window, std::span<const std::int64_t> file_ids);
  void keep_newest(const RowBatch& window, std::span<const std::int64_t> file_ids);
  void stage_newest(const RowBatch& batch, std::span<const std::size_t> numbers,
                    std::span<const std::int64_t> file_ids);
  void load_staged(const RowBatch& window, std::span<const std::int64_t> file_ids, LoadCounts& counts);
  void insert_staged(const Feed& feed, Stage& stage, std::span<const std::int64_t> file_ids, LoadCounts& counts);
  void merge_latest(const Feed& feed, Stage& stage);
  Stage& stage(const Feed& feed, const char* kind);
  Stage& stage(const Feed& feed, const char* kind, const std::string& columns);

  Connection& m_connection;
  LoadOrder m_road = LoadOrder::straight;
  int m_clean_windows_owed = 0;              // careful ones until the fast road is tried again
  std::map<std::string, Stage> m_stages;     // those known to be there in this transaction
  std::map<std::string, RowBatch> m_newest;  // by feed: the newest rows of the windows so far that are not staged
  Bytes m_buffer;
};

}  // namespace longshore::store::postgres
