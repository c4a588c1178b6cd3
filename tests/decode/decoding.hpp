// A document decoded into something a test can look at.
#pragma once

#include "base/error.hpp"
#include "decode/decode.hpp"
#include "support/records.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace longshore::test {

struct Decoding {
  std::vector<std::string> rows;  // each row's cells as text, separated by '|'; "\\N" for NULL
  std::vector<std::int64_t> hashes;
  std::vector<Reject> rejects;
  decode::Decoded counts;
  std::string fault;  // of the file, "" when there is none
  Position fault_at;
};

// The two feeds as they are compiled in, for tests that need no database.
const Feed& objects_detection();
const Feed& vehicles_status();

// `piece` bytes at a time come from the source, so that every boundary is crossed somewhere.
Decoding decode_text(const Feed& feed, std::string_view document, decode::Limits limits = {}, std::size_t piece = 0);

// "field: reason" of the only reject; of none or several how many there are.
std::string one_reason(const Decoding& decoding);

}  // namespace longshore::test
