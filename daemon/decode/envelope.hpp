// Follows the path from a root value to its records: which containers lead to one of the feed's `records` pointers.
#pragma once

#include "feed/feed.hpp"

#include <cstddef>
#include <memory>
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
  // Whether a member of the root with this name leads to records.
  bool leads(std::string_view name) const { return m_root.member(name) != nullptr; }

  // Call at the start of each root value.
  void begin() {
    m_open.clear();
    m_next = nullptr;
  }
  // Events outside the records. `depth` counts the open containers, including the one that begins or ends.
  void key(std::string_view name, std::size_t depth) {
    if (depth == m_open.size())
      m_next = m_open.back().place->member(name);
  }
  // Whether the container that begins is at the place of the records.
  bool enter(std::size_t depth, bool array);
  void leave(std::size_t depth) {
    if (m_open.size() == depth)
      m_open.pop_back();
  }
  // Whether a value inside `depth` containers is at the place of the records.
  bool is_at_records(std::size_t depth) const {
    const Place* place = place_of_value(depth);
    return place && place->is_records;
  }

 private:
  // A container on the path to records.
  struct Place {
    std::string name;
    std::vector<std::unique_ptr<Place>> members;
    bool is_records = false;

    const Place* member(std::string_view key) const {
      for (const auto& place : members)
        if (place->name == key)
          return place.get();
      return nullptr;
    }
  };
  struct Open {
    const Place* place = nullptr;
    bool array = false;
  };

  const Place* place_of_value(std::size_t depth) const;

  Place m_root;
  bool m_is_root_allowed = false;
  std::string m_names;
  std::vector<Open> m_open;       // the open containers that lead to records
  const Place* m_next = nullptr;  // of the value after the last key in the innermost of them
};

}  // namespace longshore::decode
