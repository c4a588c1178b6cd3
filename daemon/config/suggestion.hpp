// "did you mean": finds the known word nearest to a mistyped one.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace longshore::config {

// The minimum number of insertions, deletions, replacements and swaps of adjacent characters that turn `a` into `b`.
unsigned edit_distance(std::string_view a, std::string_view b);

// Returns the word of `known` with the smallest distance. The distance may be at most a third of the length of that
// word (at least 2); otherwise returns "".
std::string_view nearest(std::string_view word, std::span<const std::string_view> known);

// "did you mean <nearest>", or `otherwise` if nearest() finds no word.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> known, std::string otherwise);

}  // namespace longshore::config
