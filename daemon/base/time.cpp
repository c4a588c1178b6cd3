#include "base/time.hpp"

#include <chrono>

namespace longshore {
namespace {

using namespace std::chrono;

constexpr sys_days k_epoch{year{2000} / January / 1};
constexpr std::int64_t k_first = (sys_days{year{1} / January / 1} - k_epoch).count() * k_micros_a_day;
constexpr std::int64_t k_last = ((sys_days{year{9999} / December / 31} - k_epoch).count() + 1) * k_micros_a_day - 1;

// Reads exactly `digits` decimal digits at `at`; -1 if there are other characters.
int number_at(std::string_view s, std::size_t at, std::size_t digits) {
  if (at + digits > s.size())
    return -1;
  int value = 0;
  for (std::size_t i = at; i < at + digits; ++i) {
    const unsigned digit = static_cast<unsigned char>(s[i]) - static_cast<unsigned>('0');
    if (digit > 9)
      return -1;
    value = value * 10 + static_cast<int>(digit);
  }
  return value;
}

// Appends the last `digits` decimal digits of a number.
void put_number(std::string& out, std::size_t digits, unsigned number) {
  out.append(digits, '0');
  for (auto at = out.end(); digits > 0; --digits, number /= 10)
    *--at = static_cast<char>('0' + number % 10);
}

constexpr int k_bad_offset = 24 * 60;

bool is_at(std::string_view s, std::size_t at, char c) { return at < s.size() && s[at] == c; }

}  // namespace

ParsedDate parse_date(std::string_view s) {
  const int y = number_at(s, 0, 4);
  const int m = number_at(s, 5, 2);
  const int d = number_at(s, 8, 2);
  if (s.size() != 10 || y < 0 || m < 0 || d < 0 || s[4] != '-' || s[7] != '-')
    return {{}, k_not_date};
  const year_month_day date{year{y}, month{static_cast<unsigned>(m)}, day{static_cast<unsigned>(d)}};
  if (!date.ok() || y < 1)
    return {{}, k_no_such_day};
  return {static_cast<std::int32_t>((sys_days{date} - k_epoch).count()), {}};
}

std::size_t read_offset(std::string_view s, std::optional<int>& minutes) {
  if (is_at(s, 0, 'Z') || is_at(s, 0, 'z')) {
    minutes = 0;
    return 1;
  }
  const int hours = is_at(s, 0, '+') || is_at(s, 0, '-') ? number_at(s, 1, 2) : -1;
  if (hours < 0)
    return 0;
  const std::size_t colon = is_at(s, 3, ':') ? 1 : 0;
  const int rest = number_at(s, 3 + colon, 2);
  if (rest < 0 && colon == 1)
    return 0;
  minutes = (s[0] == '-' ? -1 : 1) * (rest < 0 ? hours * 60 : (rest > 59 ? k_bad_offset : hours * 60 + rest));
  return rest < 0 ? 3 : 5 + colon;
}

ParsedTime checked_time(std::int64_t micros, std::uint16_t nanos, bool has_zone) {
  if (micros < k_first || micros > k_last)
    return {{}, k_outside_years};
  return {micros, {}, nanos, has_zone};
}

bool set_day_of_year(CalendarTime& time, int number) {
  const year_month_day date{sys_days{year{time.year} / January / 1} + days{number - 1}};
  time.month = static_cast<int>(unsigned{date.month()});
  time.day = static_cast<int>(unsigned{date.day()});
  return date.year() == year{time.year};
}

ParsedTime time_of(const CalendarTime& time) {
  const year_month_day date{year{time.year}, month{static_cast<unsigned>(time.month)},
                            day{static_cast<unsigned>(time.day)}};
  if (!date.ok() || time.year < 1)
    return {{}, k_no_such_day};
  if (time.second == 60 && time.hour <= 23 && time.minute <= 59)
    return {{}, "is a leap second (60), which a database cannot store"};
  if (time.hour > 23 || time.minute > 59 || time.second > 59)
    return {{}, "is not a time of day (00:00:00 to 23:59:59)"};
  const int offset = time.offset_minutes.value_or(0);
  if (offset >= k_bad_offset || offset <= -k_bad_offset)
    return {{}, "has an offset beyond ±23:59"};
  const std::int64_t seconds = (time.hour * 60 + time.minute - offset) * 60 + time.second;
  const std::int64_t micros =
      (sys_days{date} - k_epoch).count() * k_micros_a_day + seconds * 1'000'000 + time.nanos / 1000;
  return checked_time(micros, static_cast<std::uint16_t>(time.nanos % 1000), time.offset_minutes.has_value());
}

ParsedTime parse_time(std::string_view s) {
  if (s.size() < 16 || s[4] != '-' || s[7] != '-' || (s[10] != 'T' && s[10] != 't' && s[10] != ' ') || s[13] != ':')
    return {{}, k_not_rfc3339};
  CalendarTime time{.year = number_at(s, 0, 4),
                    .month = number_at(s, 5, 2),
                    .day = number_at(s, 8, 2),
                    .hour = number_at(s, 11, 2),
                    .minute = number_at(s, 14, 2)};
  std::size_t at = 16;
  if (is_at(s, at, ':')) {
    time.second = number_at(s, 17, 2);
    at = 19;
  }
  if ((time.year | time.month | time.day | time.hour | time.minute | time.second) < 0)
    return {{}, k_not_rfc3339};

  if (at == 19 && (is_at(s, at, '.') || is_at(s, at, ','))) {
    const std::size_t begin = ++at;
    for (; at < s.size() && s[at] >= '0' && s[at] <= '9'; ++at)
      if (at - begin < 9)
        time.nanos = time.nanos * 10 + (s[at] - '0');
    const std::size_t digits = at - begin;
    if (digits == 0)
      return {{}, k_not_rfc3339};
    if (digits > 9)
      return {{}, "has more than 9 fractional digits"};
    for (std::size_t i = digits; i < 9; ++i)
      time.nanos *= 10;
  }
  if (at < s.size())
    at += read_offset(s.substr(at), time.offset_minutes);
  return at == s.size() ? time_of(time) : ParsedTime{{}, k_not_rfc3339};
}

void append_date(std::string& out, std::int32_t days) {
  const year_month_day date{k_epoch + std::chrono::days{days}};
  if (const int year{date.year()}; year >= 0 && year <= 9999)
    put_number(out, 4, static_cast<unsigned>(year));
  else
    out += std::to_string(year);  // a file's time stamp can be any year
  put_number(out += '-', 2, unsigned{date.month()});
  put_number(out += '-', 2, unsigned{date.day()});
}

void append_time(std::string& out, std::int64_t micros) {
  const std::int64_t day = micros >= 0 ? micros / k_micros_a_day : -((-micros + k_micros_a_day - 1) / k_micros_a_day);
  const std::int64_t rest = micros - day * k_micros_a_day;
  const auto second = static_cast<unsigned>(rest / 1'000'000);
  append_date(out, static_cast<std::int32_t>(day));
  put_number(out += 'T', 2, second / 3600);
  put_number(out += ':', 2, second / 60 % 60);
  put_number(out += ':', 2, second % 60);
  put_number(out += '.', 6, static_cast<unsigned>(rest % 1'000'000));
  out += 'Z';
}

std::string format_date(std::int32_t days) {
  std::string out;
  append_date(out, days);
  return out;
}

std::string format_time(std::int64_t micros) {
  std::string out;
  append_time(out, micros);
  return out;
}

std::int64_t micros_of(std::int64_t unix_seconds, std::int64_t nanoseconds) {
  constexpr std::int64_t k_unix_epoch = (k_epoch - sys_days{year{1970} / January / 1}).count() * 86'400;
  return (unix_seconds - k_unix_epoch) * 1'000'000 + nanoseconds / 1000;
}

std::int64_t now_micros() {
  const auto now = system_clock::now().time_since_epoch();
  const auto seconds = duration_cast<std::chrono::seconds>(now);
  return micros_of(seconds.count(), duration_cast<nanoseconds>(now - seconds).count());
}

}  // namespace longshore
