// Parses and formats durations and sizes: "500ms", "1.5s", "2m", "1h", "7d"; "4096", "64kB" (1000), "4MiB" (1024).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace longshore {

// A unit is required, except for "0". Returns nullopt for any other text, such as one with a sign or out of range.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
// Uses the largest unit that gives a whole number: "1500ms", "2s", "1h".
std::string format_duration(std::chrono::milliseconds duration);

// A number without a unit is a number of bytes.
std::optional<std::uint64_t> parse_size(std::string_view text);
// The shortest exact form: "4MiB", "64kB", "123"
std::string format_size(std::uint64_t bytes);

// A maximum: a count, or a share of the whole.
struct Limit {
  double most = 0;
  bool is_share = false;

  bool is_exceeded(std::uint64_t count, std::uint64_t whole) const {
    return static_cast<double>(count) > (is_share ? most * static_cast<double>(whole) : most);
  }
};
// "100", "1%", "0.5%".
std::optional<Limit> parse_limit(std::string_view text);

}  // namespace longshore
