// Follows the containers of a root value outside its records, from the root to the records.
#pragma once

#include "decode/places.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace longshore::decode {

class Envelope {
 public:
  // A container that begins: the records, an array whose elements lead to records, or another.
  enum class Step { other, list, records };

  // The places must outlive it.
  explicit Envelope(const Places& places) : m_places(places), m_entered(places.size()) {}

  // Call at the start of each root value.
  void begin();
  // Events outside the records. `depth` counts the open containers, including the one that begins or ends.
  void key(std::string_view name, std::size_t depth) {
    if (depth == m_open.size())
      m_next = m_open.back().place->member(name);
  }
  Step enter(std::size_t depth, bool array);
  void leave(std::size_t depth) {
    if (m_open.size() == depth)
      m_open.pop_back();
  }
  // The place of a value inside `depth` containers; nullptr if no pointer leads to it.
  const Place* place_of_value(std::size_t depth) const;
  // After enter() returned list or records: whether the root value had another array of records that excludes this one.
  bool is_second() const { return m_is_second; }
  // The place of the current or last records; nullptr if there were none.
  const Place* records() const { return m_records; }
  // How many containers at this place came before the current one in this root value.
  std::size_t ordinal(std::size_t place) const { return m_entered[place] - 1; }

 private:
  struct Open {
    const Place* place = nullptr;
    bool array = false;
    bool has_records = false;  // of an object: a member was an array of records, or a list
  };

  void note_array(Open& parent);

  const Places& m_places;
  std::vector<Open> m_open;       // the open containers that are places
  const Place* m_next = nullptr;  // of the value after the last key in the innermost of them
  const Place* m_records = nullptr;
  bool m_is_second = false;
  std::vector<std::size_t> m_entered;  // by place
};

}  // namespace longshore::decode
