#include "spool/landing/unread_directories.hpp"

#include "base/log.hpp"
#include "base/text.hpp"

#include <utility>

namespace longshore::spool {

void UnreadDirectories::add(std::string_view path, std::string_view why) {
  if (count() == 0)
    m_first = "\"" + escape(path) + "\" (" + std::string{why} + ")";
  if (m_names.size() < k_most_names)
    m_names.emplace(path);
  else if (!m_names.contains(path))
    ++m_beyond;
}

void UnreadDirectories::removed(std::string_view path) {
  if (const auto at = m_names.find(path); at != m_names.end())
    m_names.erase(at);
  const std::string prefix = std::string{path} + "/";
  for (auto at = m_names.lower_bound(prefix); at != m_names.end() && at->starts_with(prefix);)
    at = m_names.erase(at);
}

void UnreadDirectories::warn(std::string_view hint) {
  if (count() == 0 || std::exchange(m_has_warned, true))
    return;
  log::warn("{} in the landing directory: files in them are not loaded; the first is {} (hint: {})",
            count() == 1 ? "1 unread directory" : std::to_string(count()) + " unread directories", m_first, hint);
}

void UnreadDirectories::warn_of(std::string_view path, std::string_view why) {
  if (m_lines > k_most_logged || !m_logged.is_new(std::string{path} + '\n' + std::string{why}))
    return;
  if (m_lines++ < k_most_logged)
    log::warn("unread directory \"{}\" in the landing directory, its files are not loaded: {}", escape(path), why);
  else
    log::warn("further unread directories are not logged (hint: longshore status counts them)");
}

}  // namespace longshore::spool
