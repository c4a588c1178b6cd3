// The unread directories: those below landing whose files longshore does not load. They are counted, because files may
// wait in them for ever, and logged. Bounded: of more than k_most_names, the number may be too high until the next
// listing. One thread.
#pragma once

#include "spool/seen_before.hpp"

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

namespace longshore::spool {

class UnreadDirectories {
 public:
  // A listing begins: it finds all of them again.
  void clear() {
    m_names.clear();
    m_beyond = 0;
  }
  // `path` is below landing, `why` is for the log.
  void add(std::string_view path, std::string_view why);
  // It does not exist any more.
  void removed(std::string_view path);
  std::uint64_t count() const { return m_names.size() + m_beyond; }
  // Logs their number and the first one, once: without `recursive` all are unread for the same reason.
  void warn(std::string_view hint);
  // Logs this one, once, up to k_most_logged.
  void warn_of(std::string_view path, std::string_view why);

 private:
  static constexpr std::size_t k_most_names = 10'000;
  static constexpr std::size_t k_most_logged = 100;

  std::set<std::string, std::less<>> m_names;
  std::uint64_t m_beyond = 0;
  std::string m_first;  // for the warning: its path and why
  bool m_has_warned = false;
  SeenBefore m_logged;  // paths and reasons
  std::size_t m_lines = 0;
};

}  // namespace longshore::spool
