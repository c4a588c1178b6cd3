#include "feed/expect.hpp"

#include "base/time.hpp"
#include "base/units.hpp"

#include <chrono>

namespace longshore {
namespace {

constexpr std::string_view k_daily = "daily ";
constexpr std::chrono::hours k_longest{366 * 24};
constexpr std::int64_t k_minute = 60'000'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// "06:00"
std::optional<std::int64_t> parse_time_of_day(std::string_view text) {
  if (text.size() != 5 || text[2] != ':' || !is_digit(text[0]) || !is_digit(text[1]) || !is_digit(text[3]) ||
      !is_digit(text[4]))
    return {};
  const int hour = 10 * (text[0] - '0') + (text[1] - '0');
  const int minute = 10 * (text[3] - '0') + (text[4] - '0');
  if (hour > 23 || minute > 59)
    return {};
  return (60 * hour + minute) * k_minute;
}

// "06:00", "06:00 Europe/Berlin"
std::optional<Expect> parse_daily(std::string_view text) {
  Expect expect;
  const auto time_of_day = parse_time_of_day(text.substr(0, 5));
  if (!time_of_day)
    return {};
  expect.time_of_day = *time_of_day;
  if (text.size() == 5)
    return expect;
  expect.zone = text[5] == ' ' ? TimeZone::load(std::string{text.substr(6)}) : std::nullopt;
  return expect.zone ? std::optional{expect} : std::nullopt;
}

// Rounds down: a time before 2000 is negative.
std::int64_t day_of(std::int64_t micros) { return micros / k_micros_a_day - (micros % k_micros_a_day < 0 ? 1 : 0); }

}  // namespace

std::int64_t Expect::due_after(std::int64_t last) const {
  if (within > 0)
    return last + within;
  const std::int64_t local = zone ? zone->to_local(last) : last;
  const std::int64_t due = (day_of(local) + 1) * k_micros_a_day + time_of_day;
  return zone ? zone->to_utc(due) : due;
}

std::optional<Expect> parse_expect(std::string_view text) {
  std::optional<Expect> expect;
  if (text.starts_with(k_daily)) {
    expect = parse_daily(text.substr(k_daily.size()));
  } else if (const auto within = parse_duration(text);
             within && *within >= std::chrono::seconds{1} && *within <= k_longest) {
    expect.emplace();
    expect->within = std::chrono::microseconds{*within}.count();
  }
  if (expect)
    expect->text = text;
  return expect;
}

}  // namespace longshore
