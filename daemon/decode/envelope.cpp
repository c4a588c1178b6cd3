#include "decode/envelope.hpp"

#include "decode/plan.hpp"

namespace longshore::decode {

Envelope::Envelope(const Feed& feed) {
  for (const std::string& pointer : feed.records) {
    if (pointer.empty()) {
      m_is_root_allowed = true;
      continue;
    }
    Place* place = &m_root;
    for (std::string& token : pointer_tokens(pointer)) {
      Place* next = const_cast<Place*>(place->member(token));
      if (!next) {
        next = place->members.emplace_back(std::make_unique<Place>()).get();
        next->name = std::move(token);
      }
      place = next;
    }
    place->is_records = true;
    m_names += (m_names.empty() ? "" : " or ") + pointer;
  }
}

bool Envelope::enter(std::size_t depth, bool array) {
  const Place* const place = depth == 1 ? &m_root : place_of_value(depth - 1);
  if (!place)
    return false;
  if (place->is_records)
    return true;
  m_open.push_back({place, array});
  return false;
}

const Envelope::Place* Envelope::place_of_value(std::size_t depth) const {
  if (depth == 0 || m_open.size() != depth || m_open.back().array)
    return nullptr;
  return m_next;
}

}  // namespace longshore::decode
