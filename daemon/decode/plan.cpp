#include "decode/plan.hpp"

namespace longshore::decode {

std::vector<std::string> pointer_tokens(std::string_view pointer) {
  std::vector<std::string> tokens;
  for (const char* at = pointer.data(); at < pointer.data() + pointer.size(); ++at) {
    if (*at == '/')
      tokens.emplace_back();
    else if (*at == '~' && at + 1 < pointer.data() + pointer.size())
      tokens.back() += *++at == '1' ? '/' : '~';
    else
      tokens.back() += *at;
  }
  return tokens;
}

std::string member_path(std::string_view parent, std::string_view name) {
  std::string path{parent};
  path += '/';
  for (const char c : name)
    if (c == '~' || c == '/')
      path += c == '~' ? "~0" : "~1";
    else
      path += c;
  return path;
}

bool Plan::reads(std::string_view pointer) const {
  const Node* node = &m_root;
  for (const std::string& token : pointer_tokens(pointer)) {
    node = token == "*" ? node->element.get() : node->member(token);
    if (!node || !node->slots.empty())
      return m_has_rest || node;
  }
  return true;
}

Plan::Plan(const Feed& feed) : m_feed(feed) {
  for (const auto& columns : column_groups(feed)) {
    Group group;
    group.columns = columns;
    for (std::size_t alternative = 0; alternative < feed.columns[columns[0]].from.size(); ++alternative) {
      auto& slots = group.alternatives.emplace_back();
      for (const std::size_t column : columns)
        slots.push_back(add_slot(column, alternative));
    }
    m_groups.push_back(std::move(group));
  }
  for (std::size_t i = 0; i < feed.columns.size(); ++i)
    if (feed.columns[i].is_rest())
      m_rest = i, m_has_rest = true;
}

std::size_t Plan::add_slot(std::size_t column, std::size_t alternative) {
  const std::string& pointer = m_feed.columns[column].from[alternative];
  const std::size_t slot = m_slots.size();
  m_slots.push_back({&m_feed.columns[column], alternative, pointer.find("/*") != std::string::npos, pointer});
  if (relative_pointer(pointer)) {
    m_outer_slots.push_back(slot);
    return slot;
  }

  Node* node = &m_root;
  for (const std::string& token : pointer_tokens(pointer)) {
    if (token == "*") {
      if (!node->element) {
        node->element = std::make_unique<Node>();
        node->element->path = node->path + "/*";
        node->element->number = m_nodes++;
      }
      node = node->element.get();
      node->covers.push_back(slot);
      continue;
    }
    Node* next = const_cast<Node*>(node->member(token));
    if (!next) {
      next = node->members.emplace_back(std::make_unique<Node>()).get();
      next->name = token;
      next->path = member_path(node->path, token);
      next->number = m_nodes++;
      if (const auto index = array_index(token))
        node->indexed.emplace_back(*index, next);
    }
    node = next;
    node->covers.push_back(slot);
  }
  node->slots.push_back(slot);
  return slot;
}

}  // namespace longshore::decode
