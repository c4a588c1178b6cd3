// "did you mean": finds the known word nearest to a mistyped one.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace longshore::config {

// The least number of insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`.
unsigned edit_distance(std::string_view a, std::string_view b);

// The nearest of `known`; "" if none is within a third of its length (at least 2).
std::string_view nearest(std::string_view word, std::span<const std::string_view> known);

// "did you mean <nearest>", or `otherwise` if no word is near.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> known, std::string otherwise);

}  // namespace longshore::config
