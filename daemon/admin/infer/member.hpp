// What was seen at one place of the records: kinds of values, their forms, and the members below. A tree of these is the
// survey of a document.
#pragma once

#include "admin/infer/time_guess.hpp"
#include "decode/convert.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace longshore::admin {

// A form that a text may have. The order is that of preference.
enum class Form : unsigned { boolean, integer, real, date, timestamp };
inline constexpr unsigned k_all_forms = 0b11111;

struct Scalars {
  std::uint64_t nulls = 0;
  std::uint64_t booleans = 0;
  std::uint64_t integers = 0;    // numbers without a fraction that fit into bigint
  std::uint64_t reals = 0;       // other numbers, also NaN and Infinity
  std::uint64_t not_finite = 0;  // of the reals: NaN and Infinity, which no column can store
  std::uint64_t texts = 0;       // not empty
  std::uint64_t empties = 0;     // ""
  std::uint64_t too_big = 0;     // whole numbers that do not fit into bigint
  std::int64_t least = 0;        // of the integers, and of texts that are integers
  std::int64_t greatest = 0;
  std::size_t longest = 0;                  // bytes of a text
  unsigned forms = k_all_forms;             // that all texts have
  unsigned patterns = all_time_patterns();  // likewise, see time_guess

  void see(const decode::Scalar& value);
  void add(const Scalars& other);
  std::uint64_t numbers() const { return integers + reals + too_big; }
  std::uint64_t values() const { return booleans + numbers() + texts + empties; }
  bool all_texts_are(Form form) const { return texts > 0 && (forms & (1U << static_cast<unsigned>(form))) != 0; }

 private:
  void see_number(std::string_view text);
  void see_text(std::string_view text);
  void see_integer(std::int64_t number);
  bool m_has_integer = false;
};

struct Member {
  std::string name;
  std::uint64_t present = 0;
  std::uint64_t objects = 0;
  std::uint64_t arrays = 0;
  Scalars scalars;
  bool is_open = false;      // it has more members than are kept
  bool is_repeated = false;  // it occurs twice in one object
  std::uint64_t stamp = 0;   // of the object in which it was last seen
  std::vector<std::unique_ptr<Member>> members;
  std::unique_ptr<Member> element;

  // The first one of this name; nullptr if there is none.
  Member* find(std::string_view member_name) const;
  // Appends a member that find() finds, unless it has one of this name.
  Member& append(std::unique_ptr<Member> member);
  // Adds what another survey saw at the same place.
  void add(Member&& other);

 private:
  std::unordered_map<std::string_view, Member*> m_by_name;  // the names stand in the members
};

}  // namespace longshore::admin
