// Decodes files with a proposed declaration: which columns reject values, and which columns tell the records apart.
#pragma once

#include "admin/infer/survey.hpp"
#include "feed/feed.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace longshore::admin {

struct InferTrial {
  struct Rejected {
    std::uint64_t values = 0;  // faults, each of which costs a record
    std::string code;          // of the first one
    std::string reason;        // of the first one
  };

  std::uint64_t records = 0;
  std::map<std::string, Rejected> rejected;  // by column; "": records as a whole
  // For each column a hash of its value in each of the first rows.
  std::vector<std::vector<std::uint64_t>> values;

  // How many different values these columns together have in these rows.
  std::uint64_t distinct(const std::vector<std::size_t>& columns) const;
  std::uint64_t rows() const { return values.empty() ? 0 : values[0].size(); }
};

// Throws Error{bad_file} if a file cannot be decoded to its end. Rejected records are no error, even if all are.
InferTrial try_declaration(const Feed& feed, const std::vector<std::string>& paths, const ReadLimit& limit);

}  // namespace longshore::admin
