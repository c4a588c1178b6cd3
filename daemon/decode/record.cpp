#include "decode/record.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace longshore::decode {
namespace {

constexpr std::size_t k_rest = static_cast<std::size_t>(-1);

// The pointers that were tried; "" if the member has the column's name.
std::string pointers_tried(const Column& column) {
  if (column.from.size() == 1 && column.from[0] == "/" + column.name)
    return {};
  std::string text;
  for (const std::string& pointer : column.from)
    text += (text.empty() ? ": " : " or ") + pointer;
  return text;
}

}  // namespace

RecordBuilder::RecordBuilder(const Plan& plan, Input& input, UnreadMembers& unread)
    : m_plan(plan), m_input(input), m_unread(unread), m_gathered(plan.slots().size()), m_seen(plan.nodes()),
      m_cells(plan.feed().columns.size()) {
  for (std::size_t i = 0; i < m_cells.size(); ++i)
    if (const Column& column = plan.feed().columns[i]; column.constant)
      m_cells[i] = constant_cell(column);
}

void RecordBuilder::begin(std::size_t offset) {
  m_begin = offset;
  m_after_key = offset;
  m_unread.begin_record();
  m_refusal.reset();
  m_record_fault.reset();
  m_rest_fault.reset();
  m_frames.clear();
  m_next = &m_plan.root();
  m_next_is_rest = false;
  m_captures.clear();
  m_rest_text.clear();
  m_rest_members.clear();
  for (Gathered& gathered : m_gathered) {
    gathered.present = gathered.null = gathered.has_nulls = false;
    gathered.count = 0;
    gathered.bytes.clear();
    gathered.beyond.clear();
    gathered.fault.reset();
  }
}

void RecordBuilder::fail_slot(std::size_t slot, Reason reason, std::size_t offset) {
  m_gathered[slot].present = true;
  if (!m_gathered[slot].fault)
    m_gathered[slot].fault = RecordFault{column_of(slot).name, std::move(reason), offset};
}

void RecordBuilder::fail_rest(Reason reason, std::size_t offset) {
  if (!m_rest_fault)
    m_rest_fault = RecordFault{m_plan.feed().columns[*m_plan.rest_column()].name, std::move(reason), offset};
}

void RecordBuilder::fail_record(Reason reason, std::size_t offset) {
  if (!m_record_fault || offset < m_record_fault->offset)
    m_record_fault = RecordFault{"", std::move(reason), offset};
}

// Offset of the value of the current event. Behind a key it is known. In an array with "*" it is the array's offset for
// each element.
std::size_t RecordBuilder::value_offset() const {
  const std::string_view between = m_input.slice(m_after_key, m_input.Tell());
  const auto skipped = m_after_key == m_begin ? 0 : std::min(between.find_first_not_of(" \t\r\n:,"), between.size());
  return m_after_key + skipped;
}

void RecordBuilder::key(std::string_view name) {
  m_after_key = m_input.Tell();
  m_next = nullptr;
  m_next_is_rest = false;
  if (!m_captures.empty())
    check_captured({Scalar::Kind::string, name});
  const Frame& frame = m_frames.back();
  if (!frame.node)
    return;
  m_next = frame.node->member(name);
  if (m_next) {
    if (m_seen[m_next->number] == frame.stamp)
      fail_record({reason::k_duplicate_member, ": \"" + escape_clipped(name, 64) + "\""}, m_after_key);
    m_seen[m_next->number] = frame.stamp;
  } else if (!m_plan.rest_column() && m_captures.empty() && !frame.node->members.empty()) {
    m_unread.member(*frame.node, name);
  }
  // a member of which columns take only parts belongs to the rest, so that no part is lost
  if (frame.node != &m_plan.root() || !m_plan.rest_column() || (m_next && m_next->is_taken_whole()))
    return;
  m_next_is_rest = true;
  m_rest_key = name;
  m_after_rest_key = m_after_key;
  if (m_next)
    return;
  check_captured({Scalar::Kind::string, name});
}

// The node of the value that begins now: a member of the last key's name, or an element of the current array.
[[gnu::always_inline]] inline const Node* RecordBuilder::enter_value() {
  if (m_frames.empty() || !m_frames.back().array)
    return m_next;
  Frame& array = m_frames.back();
  const std::uint64_t index = array.elements++;
  return array.node ? array.node->element_at(index) : nullptr;
}

void RecordBuilder::scalar(const Scalar& value) {
  if (m_frames.empty())
    return refuse({reason::k_record_not_object, {}}, m_begin);
  const Node* node = enter_value();
  const bool element = m_frames.back().array;
  const bool rest = m_next_is_rest && !element;
  if (!m_captures.empty() || rest)
    check_captured(value);
  if (rest)
    keep_source(k_rest, m_input.slice(value_offset(), m_input.Tell()));
  if (node)
    take(*node, value);
  else if (m_unread.is_value_wanted())
    m_unread.scalar(value);
  if (element)
    end_element(m_frames.back());
}

// A string or number that is copied into a jsonb cell unchanged.
void RecordBuilder::check_captured(const Scalar& value) {
  const auto fault = jsonb_fault(value);
  if (!fault)
    return;
  if (!m_captures.empty() && m_captures.back().slot != k_rest)
    return fail_slot(m_captures.back().slot, {*fault, {}}, value_offset());
  fail_rest({*fault, {}}, value_offset());
}

void RecordBuilder::take(const Node& node, const Scalar& value) {
  for (const std::size_t slot : node.slots)
    take_slot(slot, value);
  if (!node.slots.empty())
    return;
  // an object or an array is expected here; null counts as absent
  for (const std::size_t slot : node.covers)
    if (value.kind != Scalar::Kind::null)
      fail_slot(slot, {node.reads_only_array() ? reason::k_not_array : reason::k_not_object, {}}, value_offset());
    else if (column_of(slot).needs_value())
      fail_slot(slot, {reason::k_null, {}}, value_offset());
}

void RecordBuilder::take_slot(std::size_t slot, const Scalar& value) {
  const Column& column = column_of(slot);
  if (column.is_plain)
    return take_value(slot, column, value);
  Scalar selected = value;
  if (!select_value(column, selected, m_reason))
    return fail_slot(slot, m_reason, value_offset());
  take_value(slot, column, selected);
}

[[gnu::always_inline]] inline void RecordBuilder::take_value(std::size_t slot, const Column& column,
                                                             const Scalar& value) {
  Gathered& gathered = m_gathered[slot];
  gathered.present = true;
  if (m_input.mark_lost())  // the record is too long: do not collect its elements
    return;
  if (value.kind == Scalar::Kind::null) {
    if (column.needs_value())
      return fail_slot(slot, {reason::k_null, {}}, value_offset());
    if (!m_plan.slots()[slot].through_array) {
      gathered.null = true;
      return;
    }
    gathered.add_null_element();
    return;
  }
  if (column.type.type == Type::jsonb) {
    if (const auto fault = jsonb_fault(value))
      return fail_slot(slot, {*fault, {}}, value_offset());
    return keep_source(slot, m_input.slice(value_offset(), m_input.Tell()));
  }
  ++gathered.count;
  if (!column.type.array) {
    if (!append_cell(column, value, gathered.bytes, gathered.beyond, m_reason))
      fail_slot(slot, m_reason, value_offset());
    return;
  }
  const std::size_t length_at = gathered.begin_element();
  if (!append_cell(column, value, gathered.bytes, gathered.beyond, m_reason))
    return fail_slot(slot, m_reason, value_offset());
  set_int(gathered.bytes.data() + length_at, static_cast<std::int32_t>(gathered.bytes.size() - length_at - 4));
}

// Returns the offset of the element's length, which the caller sets once it is known.
std::size_t RecordBuilder::Gathered::begin_element() {
  const std::size_t head = bytes.empty() ? k_array_head : 0;
  bytes.grow(head + 4);
  return bytes.size() - 4;
}

void RecordBuilder::Gathered::add_null_element() {
  has_nulls = true;
  ++count;
  const std::size_t length_at = begin_element();
  set_int(bytes.data() + length_at, std::int32_t{-1});
}

void RecordBuilder::start_object() { start_container(false); }
void RecordBuilder::start_array() { start_container(true); }

void RecordBuilder::start_container(bool array) {
  const bool is_record = m_frames.empty();
  const bool follows_key = !is_record && !m_frames.back().array;
  const Node* node = enter_value();
  if (is_record && array && (!node->reads_array() || m_plan.rest_column())) {
    node = nullptr;
    refuse({reason::k_record_not_object, {}}, m_begin);
  }
  m_frames.push_back({node, array, ++m_stamp, 0});
  if (array && node && !node->element)
    m_after_key = m_input.Tell();
  if (is_record)
    return;
  begin_captures(node, follows_key && m_next_is_rest);
  if (!node) {
    if (m_unread.is_value_wanted())
      m_unread.container();
    return;
  }
  if (array && node->element)
    for (const std::size_t slot : node->element->covers)
      m_gathered[slot].present = true;
  if (array ? node->reads_array() : !node->members.empty())
    return;
  for (const std::size_t slot : node->slots.empty() ? node->covers : node->slots)
    if (column_of(slot).type.type != Type::jsonb)
      fail_slot(slot, {array ? reason::k_is_array : reason::k_is_object, {}}, m_input.Tell() - 1);
}

void RecordBuilder::begin_captures(const Node* node, bool rest) {
  if (rest)
    m_captures.push_back({k_rest, m_input.Tell() - 1, m_frames.size()});
  m_next_is_rest = false;
  if (!node)
    return;
  for (const std::size_t slot : node->slots)
    if (column_of(slot).type.type == Type::jsonb)
      m_captures.push_back({slot, m_input.Tell() - 1, m_frames.size()});
}

void RecordBuilder::end_container() {
  m_after_key = m_input.Tell();
  end_captures();
  m_frames.pop_back();
  if (!m_frames.empty() && m_frames.back().array)
    end_element(m_frames.back());
}

void RecordBuilder::end_captures() {
  for (; !m_captures.empty() && m_captures.back().depth == m_frames.size(); m_captures.pop_back())
    keep_source(m_captures.back().slot, m_input.slice(m_captures.back().begin, m_input.Tell()));
}

void RecordBuilder::keep_source(std::size_t slot, std::string_view source) {
  if (m_input.mark_lost())  // the source is not whole
    return;
  if (slot == k_rest) {
    CanonicalMember member{m_rest_text.size(), 0, 0, m_after_rest_key};
    append_json_string(m_rest_text, m_rest_key);
    member.name_size = m_rest_text.size() - member.begin;
    m_rest_text.push_back(':');
    m_canonical.append(source, m_rest_text);
    member.end = m_rest_text.size();
    m_rest_members.push_back(member);
    m_next_is_rest = false;
    return;
  }
  Gathered& gathered = m_gathered[slot];
  gathered.present = true;
  gathered.bytes.clear();
  gathered.bytes.push_back('\1');
  m_canonical.append(source, gathered.bytes);
}

// An element has ended: each column that goes through this array must have one more value.
void RecordBuilder::end_element(const Frame& array) {
  if (!array.node || m_input.mark_lost())
    return;
  if (!array.node->element) {
    m_after_key = m_input.Tell();
    return;
  }
  for (const std::size_t slot : array.node->element->covers) {
    Gathered& gathered = m_gathered[slot];
    if (gathered.count == array.elements || gathered.fault)
      continue;
    if (column_of(slot).required) {
      fail_slot(slot,
                {reason::k_missing_in_element, ": " + std::string{array_prefix(m_plan.slots()[slot].pointer)} +
                                                   ", element " + std::to_string(array.elements)},
                m_input.Tell());
      continue;
    }
    gathered.add_null_element();
  }
}

std::span<const RecordFault> RecordBuilder::finish(const FileCells& file_cells) {
  if (m_input.mark_lost())
    refuse({reason::k_record_too_long, {}}, m_begin);
  if (m_refusal)
    return {&*m_refusal, 1};
  m_faults.clear();
  for (const Group& group : m_plan.groups())
    assemble(group);
  if (const std::size_t* rest = m_plan.rest_column())
    assemble_rest(*rest);
  file_cells.put(m_cells);
  if (m_record_fault)
    m_faults.push_back(std::move(*m_record_fault));
  if (!m_faults.empty())
    sort_faults();
  return m_faults;
}

// In the order of the document. A missing member has the offset of its record, and comes last.
void RecordBuilder::sort_faults() {
  std::ranges::stable_sort(m_faults, {}, [&](const RecordFault& fault) {
    return fault.offset == m_begin ? std::string::npos : fault.offset;
  });
  if (m_faults.size() > k_most_faults)
    m_faults.resize(k_most_faults);
}

// The first alternative with any value fills every column of the group.
void RecordBuilder::assemble(const Group& group) {
  const auto present = std::ranges::find_if(group.alternatives, [&](const std::vector<std::size_t>& slots) {
    return std::ranges::any_of(slots, [&](std::size_t slot) { return m_gathered[slot].present; });
  });
  for (std::size_t i = 0; i < group.columns.size(); ++i) {
    const std::size_t column = group.columns[i];
    Gathered* gathered = present == group.alternatives.end() ? nullptr : &m_gathered[(*present)[i]];
    const Column& declared = m_plan.feed().columns[column];
    if (gathered && gathered->fault)
      m_faults.push_back(std::move(*gathered->fault));
    else if (gathered && gathered->present && !gathered->null)
      fill_cell(m_cells[column], declared.type, *gathered);
    else if (declared.needs_value())
      m_faults.push_back({declared.name, {reason::k_missing, pointers_tried(declared)}, m_begin});
    else
      m_cells[column] = missing_cell(declared);
  }
}

// Sets the members one by one: the processor stalls when a cell is copied that was just put together, because the copy
// loads at once what was stored in parts (5 to 10 % of the decoder's time).
void RecordBuilder::fill_cell(RowBatch::Cell& cell, ColumnType type, Gathered& gathered) {
  if (type.array)
    finish_array(type.type, gathered);
  cell.null = false;
  cell.bytes = gathered.bytes.view();
  cell.beyond = gathered.beyond.view();
  cell.is_default = false;
}

void RecordBuilder::finish_array(Type type, Gathered& gathered) {
  if (gathered.count == 0) {
    gathered.bytes.clear();
    gathered.bytes.grow(k_empty_array_head);
  }
  char* const head = gathered.bytes.data();
  set_int(head, std::int32_t{gathered.count > 0 ? 1 : 0});
  set_int(head + 4, std::int32_t{gathered.has_nulls ? 1 : 0});
  set_int(head + 8, type_oid(type));
  if (gathered.count > 0) {
    set_int(head + 12, static_cast<std::int32_t>(gathered.count));
    set_int(head + 16, std::int32_t{1});
  }
}

// As CanonicalJson sorts the members of an object, but a name that occurs twice is a fault of the record. The names are
// escaped already.
void RecordBuilder::assemble_rest(std::size_t column) {
  const auto name = [&](const CanonicalMember& member) { return member.name(m_rest_text); };
  std::ranges::stable_sort(m_rest_members, {}, name);
  const auto again = std::ranges::adjacent_find(m_rest_members, {}, name);
  if (again != m_rest_members.end())
    fail_record({reason::k_duplicate_member, ": \"" + printable(clip_utf8(name(*again), 64)) + "\""},
                (again + 1)->offset);
  m_cells[column] = {};
  if (m_rest_fault)
    m_faults.push_back(std::move(*m_rest_fault));
  if (m_rest_members.empty() && !m_plan.feed().columns[column].required)
    return;
  m_rest.clear();
  m_rest.append("\1{");
  for (const CanonicalMember& member : m_rest_members) {
    m_rest.append(&member == m_rest_members.data() ? "" : ",");
    m_rest.append(member.text(m_rest_text));
  }
  m_rest.push_back('}');
  m_cells[column] = {false, m_rest.view()};
}

bool RecordBuilder::has_read_member() const { return std::ranges::any_of(m_gathered, &Gathered::present); }

}  // namespace longshore::decode
