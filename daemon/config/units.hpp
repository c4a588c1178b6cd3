// Parses and formats durations and sizes: "500ms", "1.5s", "2m", "1h", "7d"; "4096", "64kB" (1000), "4MiB" (1024).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace longshore::config {

// Needs a unit, except for "0". Nothing for anything else, including a sign or a value out of range.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
// In the largest unit that divides it: "1500ms", "2s", "1h"
std::string format_duration(std::chrono::milliseconds duration);

// Without a unit it is bytes.
std::optional<std::uint64_t> parse_size(std::string_view text);
// The shortest exact form: "4MiB", "64kB", "123"
std::string format_size(std::uint64_t bytes);

// A count, or a share of the whole.
struct Limit {
  double most = 0;
  bool is_share = false;

  bool is_exceeded(std::uint64_t count, std::uint64_t whole) const {
    return static_cast<double>(count) > (is_share ? most * static_cast<double>(whole) : most);
  }
};
// "100", "1%", "0.5%".
std::optional<Limit> parse_limit(std::string_view text);

}  // namespace longshore::config
