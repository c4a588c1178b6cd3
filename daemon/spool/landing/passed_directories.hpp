// The directories below landing that are not looked into. They are counted, because files may wait in them for ever, and
// the first one found is named in one warning. Bounded: of more than k_most_names, the number may be too high until the
// next listing. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

namespace longshore::spool {

class PassedDirectories {
 public:
  // A listing begins: it finds all of them again.
  void clear() {
    m_names.clear();
    m_beyond = 0;
  }
  // `path` is below landing, `why` is for the warning.
  void add(std::string_view path, std::string_view why);
  std::uint64_t count() const { return m_names.size() + m_beyond; }
  // Logs the warning, once.
  void warn(std::string_view hint);

 private:
  static constexpr std::size_t k_most_names = 10'000;

  std::set<std::string, std::less<>> m_names;
  std::uint64_t m_beyond = 0;
  std::string m_first;  // for the warning: its path and why
  bool m_has_warned = false;
};

}  // namespace longshore::spool
