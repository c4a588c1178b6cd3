#include "decode/places.hpp"

namespace longshore::decode {

Places::Places(const Plan& plan) {
  for (const std::string& pointer : plan.feed().records) {
    if (pointer.empty()) {
      m_is_root_allowed = true;
      continue;
    }
    add_records(plan, pointer);
    m_names += (m_names.empty() ? "" : " or ") + pointer;
  }
}

void Places::add_records(const Plan& plan, const std::string& pointer) {
  std::vector<Place*> path{&m_root};
  for (const std::string& token : pointer_tokens(pointer)) {
    path.back()->leads_to_records = true;
    path.push_back(&next(*path.back(), token));
  }
  Place& records = *path.back();
  records.is_records = records.leads_to_records = true;

  for (const std::size_t slot : plan.outer_slots()) {
    const RelativePointer from = *relative_pointer(plan.slots()[slot].pointer);
    // the first level is the array of records itself
    if (from.levels < 2 || from.levels > path.size())
      continue;
    Place* place = path[path.size() - from.levels];
    m_outer_values.push_back({slot, place->number});
    for (const std::string& token : pointer_tokens(from.pointer))
      place = &next(*place, token);
    place->holds.push_back(m_outer_values.size() - 1);
    records.takes.push_back(m_outer_values.size() - 1);
  }
}

Place& Places::next(Place& from, const std::string& token) {
  Place* place = token == "*" ? from.element.get() : const_cast<Place*>(from.member(token));
  if (place)
    return *place;
  auto created = std::make_unique<Place>();
  created->number = m_size++;
  created->repeats = from.repeats || token == "*";
  if (token == "*")
    return *(from.element = std::move(created));
  created->name = token;
  return *from.members.emplace_back(std::move(created));
}

}  // namespace longshore::decode
