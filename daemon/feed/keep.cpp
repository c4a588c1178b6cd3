#include "feed/keep.hpp"

#include "base/time.hpp"
#include "base/units.hpp"

#include <chrono>

namespace longshore {
namespace {

constexpr std::chrono::hours k_shortest{24};
constexpr std::chrono::hours k_longest{36'525 * 24};

}  // namespace

std::int64_t Keep::horizon_at(std::int64_t now) const {
  const std::int64_t time = now - micros;
  const std::int64_t rest = time % k_micros_a_day;
  return time - rest - (rest < 0 ? k_micros_a_day : 0);  // a time before 2000 is negative
}

std::optional<Keep> parse_keep(std::string_view text) {
  const auto duration = parse_duration(text);
  if (!duration || *duration < k_shortest || *duration > k_longest)
    return {};
  return Keep{std::string{text}, std::chrono::microseconds{*duration}.count(), 0};
}

}  // namespace longshore
