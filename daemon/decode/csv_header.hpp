// Finds the fields of a CSV document that the columns of a feed read, by the names in the header or by number.
#pragma once

#include "decode/record_reader.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace longshore::decode {

// For each column the number of its field; nullopt if the document has no such field, or if the column reads the file's
// name or is a constant. The first pointer of `from` that names a field counts. Throws Error{bad_file} at `offset` if a
// required column has no field, or if a name that a column reads occurs twice.
std::vector<std::optional<std::size_t>> fields_by_name(const Feed& feed, const std::vector<std::string>& header,
                                                       const Input& input, std::size_t offset);
// The same for documents without a header, whose pointers are numbers.
std::vector<std::optional<std::size_t>> fields_by_number(const Feed& feed);

}  // namespace longshore::decode
