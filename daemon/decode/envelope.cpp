#include "decode/envelope.hpp"

#include "decode/plan.hpp"

#include <algorithm>

namespace longshore::decode {

Envelope::Envelope(const Feed& feed) {
  for (const std::string& pointer : feed.records) {
    if (pointer.empty()) {
      m_is_root_allowed = true;
      continue;
    }
    m_pointers.push_back(pointer_tokens(pointer));
    m_names += (m_names.empty() ? "" : " or ") + pointer;
  }
}

bool Envelope::enter(std::size_t depth) {
  if (depth == 1) {
    m_open_paths.assign(1, {});
    return false;
  }
  if (m_open_paths.size() != depth - 1)
    return false;
  Path path = path_of_value();
  if (std::ranges::find(m_pointers, path) != m_pointers.end())
    return true;
  const bool leads = std::ranges::any_of(m_pointers, [&](const Path& pointer) {
    return pointer.size() > path.size() && std::equal(path.begin(), path.end(), pointer.begin());
  });
  if (leads)
    m_open_paths.push_back(std::move(path));
  return false;
}

bool Envelope::is_at_records(std::size_t depth) const {
  return depth > 0 && m_open_paths.size() == depth &&
         std::ranges::find(m_pointers, path_of_value()) != m_pointers.end();
}

Envelope::Path Envelope::path_of_value() const {
  Path path = m_open_paths.back();
  path.push_back(m_key);
  return path;
}

}  // namespace longshore::decode
