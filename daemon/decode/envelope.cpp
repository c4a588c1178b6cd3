#include "decode/envelope.hpp"

#include <algorithm>

namespace longshore::decode {

void Envelope::begin() {
  m_open.clear();
  m_next = nullptr;
  m_records = nullptr;
  m_is_second = false;
  std::ranges::fill(m_entered, 0);
}

Envelope::Step Envelope::enter(std::size_t depth, bool array) {
  const Place* const place = depth == 1 ? &m_places.root() : place_of_value(depth - 1);
  if (!place)
    return Step::other;
  const bool is_list = array && place->element && place->element->leads_to_records;
  if ((place->is_records || is_list) && depth > 1)
    note_array(m_open.back());
  if (place->is_records) {
    m_is_second = m_is_second || (m_records && (m_records != place || !place->repeats));
    m_records = place;
    return Step::records;
  }
  m_open.push_back({place, array, false});
  ++m_entered[place->number];
  return is_list ? Step::list : Step::other;
}

// Each element of an array may be an array of records, but only one member of an object.
void Envelope::note_array(Open& parent) {
  m_is_second = parent.has_records && !parent.array;
  parent.has_records = true;
}

const Place* Envelope::place_of_value(std::size_t depth) const {
  if (depth == 0 || m_open.size() != depth)
    return nullptr;
  const Open& open = m_open.back();
  return open.array ? open.place->element.get() : m_next;
}

}  // namespace longshore::decode
