// The statements of a replay: the same text for both engines, all inside the transaction that replaces the rows.
//
// ingest_overlap is what it stands on. When a file is loaded, every row of it that is there already is noted with the file
// that holds it. So the files that must be loaded anew with one are those that name it as a holder, those that name these,
// and so on: after that nothing outside the set counted on a row of the set.
#pragma once

#include "store/ledger.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace longshore::store {

// A file of the ledger, as far as a replay wants to know it.
struct KnownFile {
  std::int64_t file_id = 0;
  std::string file_name;  // escaped
  std::string feed;
  Status status = Status::loading;
  std::string sha256;
  std::uint64_t size_bytes = 0;
  std::uint64_t rows_loaded = 0;
  std::string first_time;  // canonical; "" for none
  std::string last_time;
  std::string claim;
  std::string archive_path;

  bool has_rows() const { return status == Status::loaded || status == Status::partial; }
};
// In the order of their ids; ids that the ledger does not have are left out.
std::vector<KnownFile> read_files(Session& session, std::span<const std::int64_t> file_ids);

struct Overlap {
  std::int64_t file_id = 0;
  std::int64_t holder = 0;
};
// The overlaps in which these files are the holders.
std::vector<Overlap> overlaps_held_by(Session& session, std::span<const std::int64_t> holders);
// The overlaps that these files have with others.
std::vector<Overlap> overlaps_of(Session& session, std::span<const std::int64_t> file_ids);

// In a transaction, before anything else: waits until nobody writes to the feed's tables, and keeps them from it until the end;
// readers go on. Statements after it see what the last writer committed. (On SQLite begin() has done that.) Throws contention
// when the wait is long.
void lock_tables(Session& session, const Feed& feed);

// The files' rows, rejects and overlaps go; the latest rows that are theirs become the newest that are left in the history.
// On PostgreSQL the files' range of time finds the rows; on SQLite, whose tables have no index that begins with a file or a time,
// the fact table is read once for each 500 files.
void take_out(Session& session, const Feed& feed, std::span<const KnownFile> files);

// status, counts, times and one more attempt; name, content and place stay.
void finish_replay(Session& session, std::int64_t file_id, const LedgerRow& row);

}  // namespace longshore::store
