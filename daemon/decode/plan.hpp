// A feed compiled for the decoder: the members of a record as a tree, so that each JSON event needs one look-up.
#pragma once

#include "feed/feed.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace longshore::decode {

// One pointer of one column.
struct Slot {
  const Column* column = nullptr;
  std::size_t alternative = 0;  // index in the column's `from`
  bool through_array = false;
  std::string pointer;  // for messages
};

struct Node {
  std::string name;
  std::string path;  // JSON Pointer
  std::vector<std::unique_ptr<Node>> members;
  std::unique_ptr<Node> element;                               // each element of an array here: the "*" of a pointer
  std::vector<std::pair<std::uint64_t, const Node*>> indexed;  // members whose name is an index, by that index
  std::vector<std::size_t> slots;                              // take the value of this node
  std::vector<std::size_t> covers;                             // every slot at or below this node
  std::size_t number = 0;                                      // index among all nodes

  // Whether a column takes the whole value of this node.
  bool is_taken_whole() const { return !slots.empty() || (element && !element->slots.empty()); }

  bool reads_array() const { return element || !indexed.empty(); }
  bool reads_only_array() const { return element || (!indexed.empty() && indexed.size() == members.size()); }

  const Node* element_at(std::uint64_t index) const {
    if (element)
      return element.get();
    for (const auto& [position, node] : indexed)
      if (position == index)
        return node;
    return nullptr;
  }
  const Node* member(std::string_view key) const {
    for (const auto& node : members)
      if (node->name == key)
        return node.get();
    return nullptr;
  }
};

// Columns that are filled together, and their slots for each alternative of `from`.
struct Group {
  std::vector<std::size_t> columns;
  std::vector<std::vector<std::size_t>> alternatives;
};

class Plan {
 public:
  explicit Plan(const Feed& feed);

  const Feed& feed() const { return m_feed; }
  const Node& root() const { return m_root; }
  const std::vector<Slot>& slots() const { return m_slots; }
  const std::vector<Group>& groups() const { return m_groups; }
  // The slots that read from outside the record.
  const std::vector<std::size_t>& outer_slots() const { return m_outer_slots; }
  std::size_t nodes() const { return m_nodes; }
  // Whether a column takes the value at this pointer, a part of it, or what contains it.
  bool reads(std::string_view pointer) const;
  const std::size_t* rest_column() const { return m_has_rest ? &m_rest : nullptr; }

 private:
  std::size_t add_slot(std::size_t column, std::size_t alternative);

  const Feed& m_feed;
  Node m_root;
  std::vector<Slot> m_slots;
  std::vector<Group> m_groups;
  std::vector<std::size_t> m_outer_slots;
  std::size_t m_nodes = 1;
  std::size_t m_rest = 0;
  bool m_has_rest = false;
};

// The tokens of a JSON Pointer (RFC 6901), "~1" and "~0" resolved.
std::vector<std::string> pointer_tokens(std::string_view pointer);
// The pointer to a member of the object at `parent`.
std::string member_path(std::string_view parent, std::string_view name);

}  // namespace longshore::decode
