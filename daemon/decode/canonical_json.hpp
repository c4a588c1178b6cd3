// The canonical text of a JSON value, for jsonb columns: two sources of equal values have one text.
//   members  sorted by the bytes of their names; the last one of a name counts, as in PostgreSQL
//   blanks   none outside strings
//   strings  UTF-8; escaped are only \" \\ and control characters, as \u001f
//   numbers  the exact decimal value, never through a double: 0 (also -0), decimal digits if the first one is between
//            10^-7 and 10^20, else 1.5e-30
#pragma once

#include "base/bytes.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace longshore::decode {

void append_canonical_number(std::string_view source, Bytes& out);

// A member of an object as `"name":value` in a buffer.
struct CanonicalMember {
  std::size_t begin = 0;
  std::size_t name_size = 0;  // with its quotes
  std::size_t end = 0;
  std::size_t offset = 0;  // in the document, for the caller

  std::string_view name(const Bytes& buffer) const { return buffer.view().substr(begin + 1, name_size - 2); }
  std::string_view text(const Bytes& buffer) const { return buffer.view().substr(begin, end - begin); }
};

// Reuses its memory: beside the output it needs one entry for each member of the open objects, and one copy of an object
// whose members are not sorted.
class CanonicalJson {
 public:
  // Appends the canonical text of `source`: one value that the parser has accepted, with its limit of depth.
  void append(std::string_view source, Bytes& out);

 private:
  void value();
  void object();
  void array();
  void string();
  void number();
  void literal();
  char next();
  void sort_members(std::size_t first, std::size_t object_begin);

  const char* m_at = nullptr;
  const char* m_end = nullptr;
  Bytes* m_out = nullptr;
  std::vector<CanonicalMember> m_members;  // of the open objects, the innermost last
  std::string m_text;
  Bytes m_sorted;
};

}  // namespace longshore::decode
