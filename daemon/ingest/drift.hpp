// Members that no column reads, counted over the committed files until they are written to ingest_drift.
// Loaders add, and one of them writes a minute after the first. A failed write is no fault of a file: the counts stay for the next
// one. Bounded: store::k_most_drift_paths of each feed; further ones are not counted.
#pragma once

#include "decode/decode.hpp"
#include "observe/observer.hpp"
#include "store/drift.hpp"
#include "store/ledger.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace longshore::ingest {

class DriftCounts {
 public:
  using Clock = std::chrono::steady_clock;

  // After the commit of a file with this row. Any thread.
  void add(const store::LedgerRow& row, std::int64_t file_id, std::span<const decode::UnreadMember> unread);
  bool is_empty() const { return !next_due(); }
  // When write() is due; nullopt: there are no counts.
  std::optional<Clock::time_point> next_due() const;
  // Writes and forgets all counts. Logs and reports each member that is new in the table. Throws what the session
  // throws: the counts that are not written stay.
  void write(store::Session& session, observe::Observer& observer);

 private:
  using Paths = std::map<std::string, store::DriftRow>;

  std::map<std::string, Paths> take();
  void merge(const store::DriftRow& row);

  mutable std::mutex m_mutex;
  std::map<std::string, Paths> m_feeds;  // guarded by m_mutex
  Clock::time_point m_due{};             // guarded by m_mutex; only if there are counts
};

}  // namespace longshore::ingest
