// One notice, as JSON with a summary line (docs/notifications.md). Never fails; texts are escaped and shortened here.
#pragma once

#include "store/ledger.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace longshore::notify {

enum class NoticeKind {
  file_failed,
  file_rejects,    // more rejects than notify_rejects
  feed_recovered,  // loads again after a failed file
  database_away,
  database_back,
  directories_failing,
  directories_well,
  file_stuck,
  file_moves,      // the stuck file makes progress again
  clock_wrong,     // this host's clock may be wrong: files wait
  clock_trusted,   // no file waits for it any more
  feed_paused,     // the database has another declaration of a feed
  feeds_resumed,   // no feed is paused any more
  files_parked,    // files wait until the operator has mended a table, partition or right
  files_resumed,   // no file is parked any more
  feed_late,       // no file of a feed was loaded for longer than it expects
  feed_on_time,    // the feed is not late any more
  task_failed,     // a task failed, and its retries too
  task_recovered,  // a run of it succeeded
  daemon_failed,
  feed_drift,  // members that no column reads
  file_grew,   // after it was loaded: what was added is in no table
  report,
};
inline constexpr std::size_t k_notice_kinds = 23;
std::string_view name_of(NoticeKind kind);
// "problem", "recovery" or "report": opens an incident, closes it, or neither.
std::string_view state_of(NoticeKind kind);

// The outcomes of some files.
struct Totals {
  std::uint64_t files = 0;
  std::uint64_t loaded = 0;
  std::uint64_t partial = 0;
  std::uint64_t duplicate = 0;
  std::uint64_t failed = 0;
  std::uint64_t unrouted = 0;
  std::uint64_t rows = 0;
  std::uint64_t rows_duplicate = 0;
  std::uint64_t rejects = 0;

  void add(const store::LedgerRow& row);
  void add(const Totals& other);
};

// Not loaded completely, or not at all.
bool is_problem(store::Status status);

// Named as in the ledger.
struct FileNote {
  std::int64_t file_id = 0;
  std::string name;
  std::string feed;
  store::Status status = store::Status::loaded;
  std::string error;
  std::uint64_t records = 0;
  std::uint64_t rows = 0;
  std::uint64_t rows_duplicate = 0;
  std::uint64_t rejects = 0;
  std::string archive_path;

  static FileNote of(const store::LedgerRow& row, std::int64_t file_id);
};

struct Notice {
  NoticeKind kind = NoticeKind::report;
  std::int64_t since = 0;                    // of its first event, in microseconds as in base/time.hpp
  std::string error = {};                    // "" for notices about files
  std::map<std::string, Totals> feeds = {};  // key "": files that match no feed
  Totals total = {};
  std::vector<FileNote> files = {};  // some of the files in total
  std::string log = {};              // of a report: ReportLog; not sent
};

struct Sender {
  std::string instance;
  std::string host;
};

// One line of at most 600 bytes: "longshore db1: 3 files failed (objects_detection 2, vehicles_status 1), the first:
// objects_detection_1.json: …".
std::string summary_of(const Notice& notice, const Sender& sender);
// {"files":2,"loaded":0,…}: the members of `total`.
std::string totals_json(const Totals& totals);
// `lost`: how many notices before this one did not reach the same destination.
std::string json_of(const Notice& notice, const Sender& sender, std::int64_t at, std::uint64_t lost);

}  // namespace longshore::notify
