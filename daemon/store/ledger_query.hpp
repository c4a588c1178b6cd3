// Reads the ledger for the operator's commands: listings, totals, rejects, archived files.
// One statement for both engines. Throws what Session::exec() throws. Results are small; long listings are read in
// pages.
#pragma once

#include "store/ledger.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace longshore::store {

// Returns false if the tables do not exist yet.
bool has_ledger(Session& session);

struct LedgerQuery {
  std::string status;  // "": any
  std::string feed;
  std::string name;                                                // glob over the bytes of the name
  std::optional<std::string> since;                                // canonical time: started then or later
  bool with_rejects = false;                                       // only files that have any
  bool is_archived = false;                                        // only files with an archived copy, not purged
  bool has_grown = false;                                          // only files whose grew_to is set
  std::int64_t before = std::numeric_limits<std::int64_t>::max();  // only file_ids below
  std::uint64_t limit = 50;
};
// `columns` of the matching rows, newest first. The first column must be file_id, the second file_name.
Rows read_ledger(Session& session, const LedgerQuery& query, std::string_view columns);

bool has_files_of(Session& session, const std::string& feed);

// record_no, field, code, reason, value, byte_offset, fault_line, fault_column, raw: the faults of at most `limit`
// records, in the order of the file. The first row of a record has its raw text.
Rows read_rejects(Session& session, std::int64_t file_id, std::uint64_t limit);

// The first fault of each rejected record that is stored, in the order of the file.
struct RejectPlace {
  std::uint64_t byte_offset = 0;  // of the record
  std::string field;
  std::string code;
  std::string reason;
};
std::vector<RejectPlace> reject_places(Session& session, std::int64_t file_id);

// feed, status, files, rows_loaded, rows_rejected, purged (files); the feed is "" for files without one.
Rows ledger_totals(Session& session);
// When the last file was loaded: canonical time, "" for never.
std::string newest_success(Session& session);

// The newest finished_at among the last 100 files, which needs no scan: canonical time, "" for none.
std::string newest_finish(Session& session);

// A row of the ledger, with what replay, retry and verify need.
struct KnownFile {
  std::int64_t file_id = 0;
  std::string file_name;  // escaped
  std::string feed;
  Status status = Status::loading;
  std::string sha256;
  std::uint64_t size_bytes = 0;
  std::uint64_t rows_loaded = 0;
  std::uint64_t rows_purged = 0;  // of these, since the horizon passed them
  std::string first_time;         // canonical; "" for none
  std::string last_time;
  std::string claim;
  std::string archive_path;
  std::string error;
  std::uint64_t rows_rejected = 0;
  std::string claimed_at;  // canonical; "" for none

  std::string name_values;
  std::optional<std::uint64_t> grew_to;
  std::optional<std::uint64_t> packed_bytes;  // size of its copy if housekeeping compressed it
  std::string purged_at;                      // canonical; "": it has its copy
  std::string finished_at;                    // canonical
  std::string modified_at;                    // canonical: mtime of the file when it was claimed

  bool has_copy() const { return !archive_path.empty() && purged_at.empty(); }
  bool has_rows() const { return status == Status::loaded || status == Status::partial; }
};
inline std::int64_t id_of(const KnownFile& file) { return file.file_id; }

// In the order of their ids. Ids that are not in the ledger are left out.
std::vector<KnownFile> read_files(Session& session, std::span<const std::int64_t> file_ids);
std::optional<KnownFile> read_file(Session& session, std::int64_t file_id);
// The files whose rows name one of these places, also purged ones. At most 500 places.
std::vector<KnownFile> read_files_at(Session& session, std::span<const std::string> places);
// The newest file with one of these two names that failed with this error.
std::optional<KnownFile> newest_failed(Session& session, const std::string& name, const std::string& other_name,
                                       std::string_view error);
// Files with an archived copy, not purged, in the order of (archive_path, file_id), after this one. `feed`: "" for all.
std::vector<KnownFile> read_archived(Session& session, const KnownFile& after, const std::string& feed,
                                     std::uint64_t limit);

// The newest file, not purged, whose row names this place; 0 for none. A place is free again after its file returned to landing, and
// a later file of the same name may get it.
std::int64_t owner_of_place(Session& session, const std::string& archive_path);
// `to` is "" if there is no copy any more. Returns false, and changes nothing, if the row does not name `from` now, or if
// the file is purged.
bool change_archive_path(Session& session, std::int64_t file_id, const std::string& from, const std::string& to);

}  // namespace longshore::store
