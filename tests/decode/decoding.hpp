// Decodes a document into plain values for tests.
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
  std::string fault;  // of the file; "" if there is none
  std::string hint;
  Position fault_at;
};

// The two built-in feeds, for tests without a database.
const Feed& objects_detection();
const Feed& vehicles_status();

// The source returns `piece` bytes at a time, to test every buffer boundary; 0: all at once.
Decoding decode_text(const Feed& feed, std::string_view document, decode::Limits limits = {}, std::size_t piece = 0,
                     std::string_view file_name = "document.json", std::int64_t claimed_at = k_any_future,
                     std::int64_t horizon = k_no_horizon);

// The same with a decoder that is used again.
Decoding decode_with(decode::Decoder& decoder, const Feed& feed, std::string_view document, std::size_t piece = 0,
                     std::string_view file_name = "document.json", std::int64_t claimed_at = k_any_future,
                     std::int64_t horizon = k_no_horizon);

// "field: reason" of the first fault of the only rejected record, or the number of rejected records if it is not one.
std::string one_reason(const Decoding& decoding);
// Of each fault, a line each.
std::string all_reasons(const Decoding& decoding);

}  // namespace longshore::test
