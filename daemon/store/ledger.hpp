// The ledger tables ingest_log, ingest_rejects and ingest_overlap: the outcome of each arrival. The unique indexes on
// (file_name, claim) and (feed, sha256, name_values) guarantee that a content is loaded once. Look-ups only save work.
#pragma once

#include "base/error.hpp"
#include "feed/reject.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace longshore::store {

enum class Status { loading, loaded, partial, failed, duplicate, unrouted };
std::string_view status_name(Status status);
Status status_named(std::string_view name);

// What a feed loads once: the bytes of a file, and the values that its columns take from the file name. So equal bytes
// under the names of two vehicles are two contents.
struct Content {
  std::string sha256;
  std::string name_values;  // a JSON array as text; "" if no column reads the file name

  // clang-tidy 14 takes the 0 with which this compares for a null pointer
  auto operator<=>(const Content&) const = default;  // NOLINT(modernize-use-nullptr)
};

// Times are on the scale of base/time.hpp.
struct LedgerRow {
  std::string claim;
  std::optional<std::int64_t> claimed_at;  // the first claim of the arrival; empty for a file without one
  std::string file_name;                   // escaped
  std::string feed;
  std::string sha256;       // "" if unknown
  std::string name_values;  // as in Content
  std::uint64_t size_bytes = 0;
  std::int64_t modified_at = 0;
  Status status = Status::loaded;
  unsigned attempt = 1;
  std::uint64_t records = 0;
  std::uint64_t rows_loaded = 0;
  std::uint64_t rows_duplicate = 0;
  std::uint64_t rows_rejected = 0;
  std::string error;
  std::optional<Position> error_at;
  std::optional<std::int64_t> duplicate_of;
  std::optional<std::int64_t> first_time;
  std::optional<std::int64_t> last_time;
  std::int64_t started_at = 0;
  std::int64_t finished_at = 0;
  std::string archive_path;
  std::string instance;

  Content content() const { return {sha256, name_values}; }
};

// An arrival that the ledger has.
struct Arrival {
  std::int64_t file_id = 0;
  Status status = Status::loading;
  std::string archive_path;
  std::string error;
  std::string sha256;
  std::int64_t finished_at = 0;
};

struct Closed {
  std::int64_t file_id = 0;
  std::string file_name;
};

class Ledger {
 public:
  explicit Ledger(Session& session) : m_session(session) {}

  // Inserts the rows in the order given. Returns no id for an arrival that the ledger has, or whose content is loaded.
  // Waits for a running transaction that inserts the same key.
  std::vector<std::optional<std::int64_t>> insert(std::span<const LedgerRow* const> rows);
  std::int64_t insert_one(const LedgerRow& row);
  // Begins a transaction with this row and the file's window: Session::begin_file. Returns no file_id if the ledger has
  // the arrival or the content, or if the database has another declaration of the feed, or a higher horizon than this.
  Session::FileBegin begin(const LedgerRow& row, const RowBatch& window, std::int64_t horizon = k_no_horizon);

  std::optional<Arrival> find_arrival(std::string_view claim, std::string_view file_name);
  // The loaded or partial file with each content.
  std::map<Content, Arrival> find_contents(std::string_view feed, std::span<const Content> contents);
  std::optional<Arrival> find_content(std::string_view feed, const Content& content);
  // True if a file of this size was loaded: then compute the hash before the load. For large files only.
  bool has_size(std::string_view feed, std::uint64_t size_bytes);

  // Locks the row of a streamed file while its status is `loading`. Returns false if the status is already final.
  bool lock_loading(std::int64_t file_id, std::string_view instance);
  void finish_loading(std::int64_t file_id, const LedgerRow& row);
  // Sets the rows of this claim that are still `loading` to `failed`.
  std::vector<Closed> close_loading(const std::string& claim, const std::string& error);
  // Sets status, counts and times and increments attempt. Name, content and archive path stay. A duplicate becomes a
  // file with its own rows.
  void finish_replay(std::int64_t file_id, const LedgerRow& row);

  // The content that a replayed file has since it grew.
  void set_content(std::int64_t file_id, std::uint64_t size_bytes, const std::string& sha256, std::int64_t modified_at);
  // For a replayed file that has the content of another file since it grew.
  void set_duplicate(std::int64_t file_id, std::int64_t holder);
  // Its archived copy was found to be larger than what was loaded.
  // Rows of the file behind the horizon of its feed were removed; in the same transaction.
  void add_purged(std::int64_t file_id, std::uint64_t rows);
  void set_grew_to(std::int64_t file_id, std::uint64_t size_bytes);

  void set_counts(std::int64_t file_id, std::uint64_t rows_loaded, std::uint64_t rows_duplicate);
  void set_archive_path(std::int64_t file_id, const std::string& archive_path);
  void add_rejects(std::int64_t file_id, std::span<const Reject> rejects);
  // Inserts `counts.overlaps`; `file_ids` has the id of each file of the batch.
  void add_overlaps(std::span<const std::int64_t> file_ids, const LoadCounts& counts);

 private:
  bool bulk_insert(std::span<const LedgerRow* const> rows, std::vector<std::optional<std::int64_t>>& ids);

  Session& m_session;
};

}  // namespace longshore::store
