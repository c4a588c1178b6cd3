#include "decode/unread_members.hpp"

#include "base/time.hpp"

#include <charconv>

namespace longshore::decode {
namespace {

constexpr std::string_view k_null = "null";
constexpr std::string_view k_text = "text";
constexpr std::string_view k_json = "jsonb";

std::string_view type_of_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? "bigint" : "double";
}

std::string_view type_of(const Scalar& value) {
  switch (value.kind) {
  case Scalar::Kind::null:
    return k_null;
  case Scalar::Kind::boolean:
    return "boolean";
  case Scalar::Kind::number:
    return type_of_number(value.text);
  case Scalar::Kind::not_finite:
    return "double";
  case Scalar::Kind::string:
    break;
  }
  return parse_time(value.text).micros ? "timestamp" : parse_date(value.text).days ? "date" : k_text;
}

bool is_number(std::string_view type) { return type == "bigint" || type == "double"; }
bool is_string(std::string_view type) { return type == "text" || type == "timestamp" || type == "date"; }

// A pointer can name it.
bool may_be_named(std::string_view name) {
  return !name.empty() && name.size() <= k_longest_name && name.find('*') == std::string_view::npos;
}

}  // namespace

std::string_view common_type(std::string_view a, std::string_view b) {
  if (a == b || b == k_null)
    return a;
  if (a == k_null)
    return b;
  if (is_number(a) && is_number(b))
    return "double";
  return is_string(a) && is_string(b) ? k_text : k_json;
}

void UnreadMembers::begin_document() {
  for (Counted& counted : m_counted)
    counted.member.records = 0;
  m_of_record.clear();
  m_typed = nullptr;
  if (m_counted.size() < k_most_unread)
    return;
  m_nodes.clear();
  m_counted.clear();
}

void UnreadMembers::member(const Node& parent, std::string_view name) {
  m_typed = nullptr;
  Counted* const counted = find(parent, name);
  if (!counted)
    return;
  if (counted->last_record != m_record) {
    counted->last_record = m_record;
    m_of_record.push_back(static_cast<std::size_t>(counted - m_counted.data()));
  }
  if (counted->member.type != k_json)
    m_typed = counted;
}

UnreadMembers::Counted* UnreadMembers::find(const Node& parent, std::string_view name) {
  if (parent.number >= m_nodes.size())
    m_nodes.resize(parent.number + 1);
  OfNode& node = m_nodes[parent.number];
  if (node.next >= node.names.size())
    node.next = 0;
  if (node.next < node.names.size() && node.names[node.next] == name)
    return &m_counted[node.in_order[node.next++]];
  if (const auto found = node.numbers.find(name); found != node.numbers.end()) {
    node.next = found->second + 1;
    return &m_counted[node.in_order[found->second]];
  }
  if (m_counted.size() == k_most_unread || !may_be_named(name))
    return nullptr;
  const auto added = node.numbers.emplace(name, node.names.size()).first;
  node.names.push_back(added->first);
  node.in_order.push_back(m_counted.size());
  node.next = node.names.size();
  m_counted.push_back({{member_path(parent.path, name), k_null, 0}, 0});
  return &m_counted.back();
}

void UnreadMembers::scalar(const Scalar& value) {
  std::string_view& type = m_typed->member.type;
  if (type != k_text || value.kind != Scalar::Kind::string)  // the form of more texts does not matter
    type = common_type(type, type_of(value));
  m_typed = nullptr;
}

void UnreadMembers::container() {
  m_typed->member.type = k_json;
  m_typed = nullptr;
}

void UnreadMembers::count_record() {
  for (const std::size_t i : m_of_record)
    ++m_counted[i].member.records;
  m_of_record.clear();
}

std::vector<UnreadMember> UnreadMembers::of_document() const {
  std::vector<UnreadMember> members;
  for (const Counted& counted : m_counted)
    if (counted.member.records > 0)
      members.push_back(counted.member);
  return members;
}

}  // namespace longshore::decode
