#include "base/time_zone.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>

namespace longshore {
namespace {

constexpr std::int64_t k_second = 1'000'000;
const cctz::civil_second k_epoch{2000, 1, 1, 0, 0, 0};

// The same instant.
constexpr cctz::time_point<cctz::seconds> k_epoch_instant{cctz::seconds{946'684'800}};

// Rounds down, so that the microseconds that are left are not negative.
std::int64_t whole_seconds(std::int64_t micros) { return micros / k_second - (micros % k_second < 0 ? 1 : 0); }

// Names that depend on the machine, or stand for no place.
constexpr std::array<std::string_view, 3> k_no_zones{"localtime", "posixrules", "Factory"};

// A name becomes a path below /usr/share/zoneinfo.
bool is_zone_name(const std::string& name) {
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '+' ||
           c == '-' || c == '/';
  };
  return !name.empty() && name.size() <= 64 && name[0] != '/' && std::ranges::all_of(name, is_allowed) &&
         std::ranges::find(k_no_zones, name) == k_no_zones.end();
}

}  // namespace

std::optional<TimeZone> TimeZone::load(const std::string& name) {
  cctz::time_zone zone;
  if (!is_zone_name(name) || !cctz::load_time_zone(name, &zone))
    return {};
  return TimeZone{zone};
}

std::int64_t TimeZone::to_utc(std::int64_t local) const {
  const std::int64_t seconds = whole_seconds(local);
  const auto found = m_zone.lookup(k_epoch + seconds);  // of a unique time, `pre` is its instant
  return (found.pre - k_epoch_instant).count() * k_second + (local - seconds * k_second);
}

std::int64_t TimeZone::to_local(std::int64_t utc) const {
  const std::int64_t seconds = whole_seconds(utc);
  const auto found = m_zone.lookup(k_epoch_instant + cctz::seconds{seconds});
  return (found.cs - k_epoch) * k_second + (utc - seconds * k_second);
}

}  // namespace longshore
