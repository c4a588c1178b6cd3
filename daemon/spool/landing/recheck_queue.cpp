#include "spool/landing/recheck_queue.hpp"

namespace longshore::spool {

bool RecheckQueue::put(std::string_view name, const Entry& entry) {
  auto at = m_entries.find(name);
  if (at == m_entries.end()) {
    if (m_entries.size() >= m_limit)
      return false;
    at = m_entries.emplace(name, entry).first;
  } else {
    m_order.erase({at->second.due, at->first});
    at->second = entry;
  }
  m_order.emplace(entry.due, at->first);
  return true;
}

std::optional<std::pair<std::string, RecheckQueue::Entry>> RecheckQueue::take_due(Instant now) {
  if (m_order.empty() || m_order.begin()->first > now)
    return std::nullopt;
  const auto at = m_entries.find(m_order.begin()->second);
  m_order.erase(m_order.begin());
  std::pair<std::string, Entry> taken{at->first, at->second};
  m_entries.erase(at);
  return taken;
}

std::optional<RecheckQueue::Instant> RecheckQueue::earliest() const {
  if (m_order.empty())
    return std::nullopt;
  return m_order.begin()->first;
}

void RecheckQueue::clear() {
  m_order.clear();
  m_entries.clear();
}

}  // namespace longshore::spool
