#include "config/suggestion.hpp"

#include <algorithm>
#include <vector>

namespace longshore::config {

unsigned edit_distance(std::string_view a, std::string_view b) {
  // three rows of the distance table: a swap also needs the row two above
  std::vector<unsigned> before_last(b.size() + 1);
  std::vector<unsigned> last(b.size() + 1);
  std::vector<unsigned> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j)
    row[j] = static_cast<unsigned>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before_last.swap(last);
    last.swap(row);
    row[0] = static_cast<unsigned>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const unsigned replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({replaced, last[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
  }
  return row[b.size()];
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> known) {
  std::string_view best;
  unsigned least = ~0U;
  for (const std::string_view candidate : known) {
    const unsigned distance = edit_distance(word, candidate);
    if (distance < least && distance <= std::max<std::size_t>(2, candidate.size() / 3) && distance < candidate.size()) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> known, std::string otherwise) {
  const std::string_view best = nearest(word, known);
  if (best.empty())
    return otherwise;
  return std::string{"did you mean "}.append(best);
}

}  // namespace longshore::config
