// Reads the beginning of a file and tells what it contains: its format, where its records are, and their members.
#pragma once

#include "admin/infer/member.hpp"
#include "feed/feed.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace longshore::admin {

// How much of a file is read.
struct ReadLimit {
  std::uint64_t bytes = std::uint64_t{64} << 20;  // of the document, after decompression
};

struct Survey {
  std::optional<CsvForm> csv;
  std::string records;  // JSON Pointer to the array of records; "" if the root values are the records
  Member record;
  std::uint64_t skipped = 0;       // lines or rows that are not a record
  bool is_partial = false;         // the limit was reached
  bool is_record_doubted = false;  // the root could be one record with an array, too
};

// Throws Error{bad_file} if the document is neither JSON nor CSV, or has no records.
Survey survey_file(const std::string& path, const ReadLimit& limit);

}  // namespace longshore::admin
