// "did you mean": the known word that a mistyped one is nearest to.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace longshore::config {

// The fewest insertions, deletions, replacements and swaps of neighbours that make `b` from `a`.
unsigned edit_distance(std::string_view a, std::string_view b);

// The nearest of `known`; "" when none is near enough to be meant (a third of its letters, at least 2).
std::string_view nearest(std::string_view word, std::span<const std::string_view> known);

// "did you mean <nearest>", or `otherwise` when nothing is near.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> known, std::string otherwise);

}  // namespace longshore::config
