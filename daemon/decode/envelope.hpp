// Follows the path from a document's root to its records: which containers lead to one of the feed's `records`
// pointers.
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
  // "/a or /b": the expected places of the records; "" if only the root is one.
  const std::string& names() const { return m_names; }

  // Call at the start of each document.
  void begin() {
    m_open_paths.clear();
    m_key.clear();
  }
  // Events outside the records. `depth` counts the open containers, including the one that begins or ends.
  void key(std::string_view name, std::size_t depth) {
    if (depth == m_open_paths.size())
      m_key = name;
  }
  // Whether the container that begins is at the place of the records.
  bool enter(std::size_t depth);
  void leave(std::size_t depth) {
    if (m_open_paths.size() == depth)
      m_open_paths.pop_back();
  }
  // Whether a value inside `depth` containers, after the last key, is at the place of the records.
  bool is_at_records(std::size_t depth) const;

 private:
  using Path = std::vector<std::string>;
  Path path_of_value() const;

  std::vector<Path> m_pointers;
  bool m_is_root_allowed = false;
  std::string m_names;
  std::vector<Path> m_open_paths;  // paths of the open containers that lead to a pointer
  std::string m_key;               // the last key in the innermost of those
};

}  // namespace longshore::decode
