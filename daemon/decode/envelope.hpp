// The way from the root of a document to its records: which containers lead to one of the feed's `records` pointers.
#pragma once

#include "feed/feed.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace longshore::decode {

class Envelope {
 public:
  explicit Envelope(const Feed& feed);

  // Whether the root itself may be the array of records, or a record ("" is among the pointers).
  bool is_root_allowed() const { return m_is_root_allowed; }
  // "/a or /b": where the records were expected; "" when only the root is.
  const std::string& names() const { return m_names; }

  // A document begins.
  void begin() {
    m_way.clear();
    m_key.clear();
  }
  // The events outside the records. `depth` counts the open containers, the one that begins or ends included.
  void key(std::string_view name, std::size_t depth) {
    if (depth == m_way.size())
      m_key = name;
  }
  // Whether the container that begins is where the records are.
  bool enter(std::size_t depth);
  void leave(std::size_t depth) {
    if (m_way.size() == depth)
      m_way.pop_back();
  }
  // Whether a value that begins inside `depth` containers, after the last key, stands where the records should.
  bool is_at_records(std::size_t depth) const;

 private:
  using Path = std::vector<std::string>;
  Path path_of_value() const;

  std::vector<Path> m_pointers;
  bool m_is_root_allowed = false;
  std::string m_names;
  std::vector<Path> m_way;  // of the outermost containers that lead to a pointer: their paths
  std::string m_key;        // the last key in the innermost of those
};

}  // namespace longshore::decode
