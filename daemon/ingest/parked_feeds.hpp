// Feeds whose files meet a fault that only the operator can mend (Fault::needs_operator): a missing partition, table or
// right. Such a file is parked: it stays in its claim, nothing counts against it, and it is tried again at times.
//
// After k_most_parked_in_a_row of them without a load the feed is stalled: no file of it is claimed, and jobs that are
// claimed already are parked whole. It ends when a file of the feed loads. Shared by the loaders and the main thread.
#pragma once

#include "base/error.hpp"
#include "ingest/job.hpp"

#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

namespace longshore::ingest {

inline constexpr unsigned k_most_parked_in_a_row = 20;

class ParkedFeeds {
 public:
  // Logs the first files of a feed, and that it is stalled.
  void file_parked(const Feed& feed, const std::string& file_name, const Error& error);
  // After the commit of a job.
  void job_committed(const Job& job);
  bool is_stalled(const Feed* feed) const;
  // Feeds of which a parked file has loaded since the last call, or that are not stalled any more.
  std::set<std::string> take_resumed();

 private:
  mutable std::mutex m_mutex;
  std::map<std::string, unsigned> m_in_a_row;  // by feed, guarded by m_mutex
  std::set<std::string> m_resumed;             // guarded by m_mutex
  std::atomic<bool> m_is_used{false};          // false: no feed was ever entered
};

}  // namespace longshore::ingest
