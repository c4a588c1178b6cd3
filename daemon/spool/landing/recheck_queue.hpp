// Names to look at again, each with its time. Bounded: names that do not fit are found by the next listing. One thread.
#pragma once

#include "spool/landing/tail.hpp"
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
    Hint hint = Hint::created;  // decides how long the file must be unchanged
    bool is_routed = false;
    Ending ending = Ending::bracket;  // of a routed file
    bool ends_early = false;          // waits for `grace`
    bool has_writer = false;          // waits until it is closed, or for `open_grace`
    timespec ctime{};                 // last seen, and since when: for time stamps in the future
    Instant since{};
    Instant due{};
  };
  using Entries = std::map<std::string, Entry, std::less<>>;

  explicit RecheckQueue(std::size_t limit) : m_limit(limit) {}

  // Adds a name or replaces its entry. False if there is no room for another name.
  bool put(std::string_view name, const Entry& entry);
  bool contains(std::string_view name) const { return m_entries.contains(name); }
  // Removes and returns the name with the earliest time that is not after `now`.
  std::optional<std::pair<std::string, Entry>> take_due(Instant now);
  std::optional<Instant> earliest() const;
  const Entries& entries() const { return m_entries; }
  void clear();

 private:
  std::size_t m_limit;
  Entries m_entries;
  std::set<std::pair<Instant, std::string_view>> m_order;  // by time; the views are keys of m_entries
};

}  // namespace longshore::spool
