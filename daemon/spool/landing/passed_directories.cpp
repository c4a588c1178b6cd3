#include "spool/landing/passed_directories.hpp"

#include "base/log.hpp"
#include "base/text.hpp"

#include <utility>

namespace longshore::spool {

void PassedDirectories::add(std::string_view path, std::string_view why) {
  if (count() == 0)
    m_first = "\"" + escape(path) + "\" (" + std::string{why} + ")";
  if (m_names.size() < k_most_names)
    m_names.emplace(path);
  else if (!m_names.contains(path))
    ++m_beyond;
}

void PassedDirectories::warn(std::string_view hint) {
  if (count() == 0 || std::exchange(m_has_warned, true))
    return;
  log::warn("{} in the landing directory: not looked into, files in them are not loaded; the first is {} (hint: {})",
            count() == 1 ? "1 directory" : std::to_string(count()) + " directories", m_first, hint);
}

}  // namespace longshore::spool
