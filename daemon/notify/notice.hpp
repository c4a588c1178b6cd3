// What somebody should know, as it is told: one JSON object with a line to read (docs/notifications.md).
#pragma once

#include "store/ledger.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace longshore::notify {

enum class NoticeKind {
  file_failed,
  file_rejects,    // more of its records than notify_rejects
  feed_recovered,  // it loads again after a failure
  database_away,
  database_back,
  directories_failing,
  directories_well,
  file_stuck,
  file_moves,  // one that was stuck
  daemon_failed,
  report,
};
inline constexpr std::size_t k_notice_kinds = 11;
std::string_view name_of(NoticeKind kind);
// "problem", "recovery" or "report": for whoever opens and closes incidents.
std::string_view state_of(NoticeKind kind);

// What came of some files.
struct Tally {
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
  void add(const Tally& other);
};

// The words of the ledger.
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
  std::int64_t since = 0;                   // of the first that it tells, on the scale of base/time.hpp
  std::string error = {};                   // of what is no file
  std::map<std::string, Tally> feeds = {};  // "" for files of no feed
  Tally all = {};
  std::vector<FileNote> files = {};  // some of all
};

struct Sender {
  std::string instance;
  std::string host;
};

// "longshore db1: 3 files failed (objects_detection 2, vehicles_status 1), the first: objects_detection_1.json: …": one line, and
// not a long one.
std::string summary_of(const Notice& notice, const Sender& sender);
// `lost`: notices before it that did not get where this one goes.
std::string json_of(const Notice& notice, const Sender& sender, std::int64_t at, std::uint64_t lost);

}  // namespace longshore::notify
