#include "decode/outer_members.hpp"

#include <utility>

namespace longshore::decode {

OuterMembers::OuterMembers(const Places& places, const Limits& limits)
    : m_places(places), m_limits(limits), m_envelope(places), m_parser(limits.record_bytes),
      m_values(places.outer_values().size()) {}

void OuterMembers::begin(std::unique_ptr<ByteSource> reading) {
  m_input.reset();
  m_reading = std::move(reading);
  m_input.emplace(*m_reading, m_limits.record_bytes, std::vector<char>{});
  m_has_ended = false;
}

void OuterMembers::read_root() {
  for (auto& values : m_values)
    values.clear();
  m_bytes = 0;
  m_depth = 0;
  m_envelope.begin();
  if (m_has_ended)
    return;
  m_input->skip_separators();
  m_has_ended = m_input->at_end() || m_parser.parse(*m_input, *this);
}

void OuterMembers::put(const Envelope& envelope, RecordBuilder& record) const {
  if (!envelope.records())
    return;
  for (const std::size_t index : envelope.records()->takes) {
    const OuterValue& outer = m_places.outer_values()[index];
    const std::size_t ordinal = envelope.ordinal(outer.around);
    if (ordinal >= m_values[index].size() || !m_values[index][ordinal])
      continue;
    const Value& value = *m_values[index][ordinal];
    if (value.fault)
      record.outer_fault(outer.slot, *value.fault);
    else
      record.outer_scalar(outer.slot, {value.kind, value.text, value.truth, value.had_escape});
  }
}

void OuterMembers::scalar(const Scalar& value) {
  const Place* const place = m_envelope.place_of_value(m_depth);
  if (place && !place->holds.empty())
    keep(*place, {value.kind, std::string{value.text}, value.truth, value.had_escape, {}});
}

void OuterMembers::start_container(bool array) {
  if (const Place* const place = m_envelope.place_of_value(m_depth))
    keep(*place, {{}, {}, false, false, array ? reason::k_is_array : reason::k_is_object});
  if (++m_depth > m_limits.depth)
    throw too_deep(m_input->Tell() - 1, m_limits.depth);
  m_envelope.enter(m_depth, array);
}

void OuterMembers::end_container() {
  m_envelope.leave(m_depth);
  --m_depth;
}

void OuterMembers::keep(const Place& place, const Value& value) {
  for (const std::size_t index : place.holds) {
    auto& values = m_values[index];
    const std::size_t ordinal = m_envelope.ordinal(m_places.outer_values()[index].around);
    if (values.size() <= ordinal) {
      count_bytes((ordinal + 1 - values.size()) * sizeof(values[0]));
      values.resize(ordinal + 1);
    }
    if (values[ordinal]) {
      values[ordinal]->fault = reason::k_duplicate_member;
      continue;
    }
    count_bytes(value.text.size());
    values[ordinal] = value;
  }
}

void OuterMembers::count_bytes(std::size_t bytes) {
  m_bytes += bytes;
  if (m_bytes > m_limits.record_bytes)
    throw Error(Fault::bad_file, "the values around the records of one document take more than max_record_bytes: " +
                                     std::to_string(m_limits.record_bytes))
        .at(m_input->position(m_input->Tell()))
        .with_hint("raise max_record_bytes if the file is genuine");
}

}  // namespace longshore::decode
