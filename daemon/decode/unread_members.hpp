// Counts the members of records that no column reads: the drift between a feed's declaration and its files.
// Records without such members cost nothing. A container that no column reads is one member; nothing inside it is
// counted. At most k_most_unread members are counted, and none whose name is empty, contains "*" or is longer than
// k_longest_name bytes. A document that follows on one that reached this limit begins without any.
#pragma once

#include "decode/convert.hpp"
#include "decode/decode.hpp"
#include "decode/plan.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace longshore::decode {

inline constexpr std::size_t k_most_unread = 1000;
inline constexpr std::size_t k_longest_name = 256;

class UnreadMembers {
 public:
  // What was counted belongs to another document now.
  void begin_document();
  void begin_record() {
    m_of_record.clear();
    m_typed = nullptr;
    ++m_record;
  }
  // The member's value is the next event. `parent` is the node of its object.
  void member(const Node& parent, std::string_view name);
  // The value of the last member. Call them only if is_value_wanted().
  bool is_value_wanted() const { return m_typed; }
  void scalar(const Scalar& value);
  void container();
  // The record is a row: its members count.
  void end_record() {
    if (!m_of_record.empty())
      count_record();
  }

  // Those of the current document.
  std::vector<UnreadMember> of_document() const;

 private:
  struct Counted {
    UnreadMember member;
    std::uint64_t last_record = 0;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  // The unread members of one object of the feed. Records usually have the same ones in the same order.
  struct OfNode {
    std::vector<std::string_view> names;  // keys of `numbers`, in the order of their first occurrence
    std::vector<std::size_t> in_order;    // of names: index in m_counted
    std::size_t next = 0;                 // the expected one
    std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>> numbers;  // name -> index in names
  };

  void count_record();
  Counted* find(const Node& parent, std::string_view name);

  std::vector<OfNode> m_nodes;  // by Node::number
  std::vector<Counted> m_counted;
  std::vector<std::size_t> m_of_record;  // in m_counted, of the current record
  std::uint64_t m_record = 0;
  Counted* m_typed = nullptr;  // the last member, if its value may change its type
};

// The type of a column that reads values of both types, as UnreadMember::type. "null" is no value.
std::string_view common_type(std::string_view a, std::string_view b);

}  // namespace longshore::decode
