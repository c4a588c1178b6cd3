// The names that are to be looked at again, each with the instant when. Bounded: what does not fit is found by the next
// listing. One thread.
#pragma once

#include "spool/landing/watcher.hpp"

#include <chrono>
#include <ctime>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace longshore::spool {

class RecheckQueue {
 public:
  using Instant = std::chrono::steady_clock::time_point;

  struct Entry {
    Hint hint = Hint::created;  // why it is expected: decides how long it must have been still
    bool is_routed = false;
    bool ends_early = false;  // seen to end too early: waits for the grace
    timespec ctime{};         // as last seen, and since when: for files whose stamp lies in the future
    Instant since{};
    Instant due{};
  };
  using Entries = std::map<std::string, Entry, std::less<>>;

  explicit RecheckQueue(std::size_t limit) : m_limit(limit) {}

  // Adds a name or replaces what was known of it. False when there is no room for another name.
  bool put(std::string_view name, const Entry& entry);
  bool contains(std::string_view name) const { return m_entries.contains(name); }
  // The name that is due the longest at `now`, which is forgotten here.
  std::optional<std::pair<std::string, Entry>> take_due(Instant now);
  std::optional<Instant> earliest() const;
  const Entries& entries() const { return m_entries; }
  void clear();

 private:
  std::size_t m_limit;
  Entries m_entries;
  std::set<std::pair<Instant, std::string_view>> m_order;  // views of the keys of m_entries, which never move
};

}  // namespace longshore::spool
