// Proposes the columns of a feed from what was seen of its records.
#pragma once

#include "admin/infer/member.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace longshore::admin {

struct ProposedColumn {
  std::string name;
  std::string from;
  std::string type;  // as in a declaration
  bool required = true;
  std::vector<std::string> options;  // as in a declaration: max_length = 512
  std::vector<std::string> doubts;   // comments
  std::string array;                 // the pointer of the array that `from` goes through, ""
  bool has_not_finite = false;       // some values are NaN or Infinity
};

// The format of the files. In CSV every value is a text.
enum class Source { json, csv };

struct Columns {
  std::vector<ProposedColumn> columns;
  std::vector<std::string> doubts;  // about members that no column reads
};

Columns propose_columns(const Member& record, Source source);

// A trial rejected values of this column: proposes a wider one, or none, which is a doubt then.
// `code` is that of the first reject. Columns that go through the same array change together.
void widen(Columns& columns, std::string_view column, std::string_view code);

// The columns that can be in a key, the best ones first.
std::vector<std::size_t> key_candidates(const std::vector<ProposedColumn>& columns);

}  // namespace longshore::admin
