// The places outside the records that a feed names, as a tree: the containers on the way to its records, and the values
// around the records that its columns read.
#pragma once

#include "decode/plan.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace longshore::decode {

struct Place {
  std::string name;
  std::vector<std::unique_ptr<Place>> members;
  std::unique_ptr<Place> element;  // each element of an array here: the "*" of a pointer
  std::size_t number = 0;          // index among all places
  bool is_records = false;
  bool leads_to_records = false;   // true also for the records
  bool repeats = false;            // a "*" leads here: one root value may have many of these
  std::vector<std::size_t> takes;  // of records: indexes of the outer values that they take
  std::vector<std::size_t> holds;  // indexes of the outer values that are here

  const Place* member(std::string_view key) const {
    for (const auto& place : members)
      if (place->name == key)
        return place.get();
    return nullptr;
  }
};

// A value outside the records: the slot that takes it, and the object around the records from which its pointer leads.
struct OuterValue {
  std::size_t slot = 0;
  std::size_t around = 0;  // Place::number
};

class Places {
 public:
  explicit Places(const Plan& plan);

  const Place& root() const { return m_root; }
  std::size_t size() const { return m_size; }
  const std::vector<OuterValue>& outer_values() const { return m_outer_values; }
  // Whether the root itself may be the array of records, or a record ("" is among the pointers).
  bool is_root_allowed() const { return m_is_root_allowed; }
  // "/a or /b": the expected places of the records; "" if only the root is one.
  const std::string& names() const { return m_names; }

 private:
  Place& next(Place& from, const std::string& token);
  void add_records(const Plan& plan, const std::string& pointer);

  Place m_root;
  std::size_t m_size = 1;
  std::vector<OuterValue> m_outer_values;
  bool m_is_root_allowed = false;
  std::string m_names;
};

}  // namespace longshore::decode
