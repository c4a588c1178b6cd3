// How often each file below the landing directory is open, as far as events tell: for files on which no lease is
// granted. It cannot tell readers from writers, and does not know what was opened before the watch, or under another
// name.
// Bounded: beyond `limit` names nothing is counted. One thread.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace longshore::spool {

class OpenCounts {
 public:
  explicit OpenCounts(std::size_t limit) : m_limit(limit) {}

  void opened(std::string_view name) {
    if (const auto at = m_counts.find(name); at != m_counts.end())
      ++at->second;
    else if (m_counts.size() < m_limit)
      m_counts.emplace(name, 1);
  }
  void closed(std::string_view name) {
    const auto at = m_counts.find(name);
    if (at != m_counts.end() && --at->second == 0)
      m_counts.erase(at);
  }
  // The name belongs to another file now.
  void replaced(std::string_view name) {
    if (const auto at = m_counts.find(name); at != m_counts.end())
      m_counts.erase(at);
  }
  // The directory was removed or renamed, so no event of its files comes under this path any more.
  void forget_below(std::string_view directory) {
    const std::string prefix = std::string{directory} + "/";
    for (auto at = m_counts.lower_bound(prefix); at != m_counts.end() && at->first.starts_with(prefix);)
      at = m_counts.erase(at);
  }
  bool is_open(std::string_view name) const { return m_counts.contains(name); }
  void clear() { m_counts.clear(); }

 private:
  const std::size_t m_limit;
  std::map<std::string, unsigned, std::less<>> m_counts;
};

}  // namespace longshore::spool
