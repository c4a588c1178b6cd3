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

constexpr std::string_view k_no_such_day = "is not a calendar day";

bool is_at(std::string_view s, std::size_t at, char c) { return at < s.size() && s[at] == c; }

}  // namespace

ParsedDate parse_date(std::string_view s) {
  const int y = number_at(s, 0, 4);
  const int m = number_at(s, 5, 2);
  const int d = number_at(s, 8, 2);
  if (s.size() != 10 || y < 0 || m < 0 || d < 0 || s[4] != '-' || s[7] != '-')
    return {{}, "is not an RFC 3339 date (YYYY-MM-DD)"};
  const year_month_day date{year{y}, month{static_cast<unsigned>(m)}, day{static_cast<unsigned>(d)}};
  if (!date.ok() || y < 1)
    return {{}, k_no_such_day};
  return {static_cast<std::int32_t>((sys_days{date} - k_epoch).count()), {}};
}

ParsedTime parse_time(std::string_view s) {
  static constexpr std::string_view k_form = "is not an RFC 3339 time (YYYY-MM-DDThh:mm:ss[.fraction][Z|±hh:mm])";
  if (s.size() < 19 || (s[10] != 'T' && s[10] != 't') || s[13] != ':' || s[16] != ':')
    return {{}, k_form};
  const ParsedDate date = parse_date(s.substr(0, 10));
  if (!date.days)
    return {{}, date.fault == k_no_such_day ? date.fault : k_form};
  const int hour = number_at(s, 11, 2);
  const int minute = number_at(s, 14, 2);
  const int second = number_at(s, 17, 2);
  if (hour < 0 || minute < 0 || second < 0)
    return {{}, k_form};
  if (hour > 23 || minute > 59 || second > 59)
    return {{}, "is not a time of day (00:00:00 to 23:59:59)"};

  std::size_t at = 19;
  std::int64_t fraction = 0;
  if (is_at(s, at, '.')) {
    const std::size_t begin = ++at;
    for (; at < s.size() && s[at] >= '0' && s[at] <= '9'; ++at)
      if (at - begin < 9)
        fraction = fraction * 10 + (s[at] - '0');
    const std::size_t digits = at - begin;
    if (digits == 0)
      return {{}, k_form};
    if (digits > 9)
      return {{}, "has more than 9 fractional digits"};
    for (std::size_t i = digits; i < 9; ++i)
      fraction *= 10;
  }

  std::int64_t offset_minutes = 0;
  if (is_at(s, at, 'Z') || is_at(s, at, 'z')) {
    ++at;
  } else if (is_at(s, at, '+') || is_at(s, at, '-')) {
    const int hours = number_at(s, at + 1, 2);
    const int minutes = number_at(s, at + 4, 2);
    if (hours < 0 || minutes < 0 || !is_at(s, at + 3, ':'))
      return {{}, k_form};
    if (hours > 23 || minutes > 59)
      return {{}, "has an offset beyond ±23:59"};
    offset_minutes = (s[at] == '-' ? -1 : 1) * (hours * 60 + minutes);
    at += 6;
  }
  if (at != s.size())
    return {{}, k_form};

  const std::int64_t seconds = (hour * 60 + minute) * 60 + second - offset_minutes * 60;
  const std::int64_t micros = *date.days * k_micros_a_day + seconds * 1'000'000 + fraction / 1000;
  if (micros < k_first || micros > k_last)
    return {{}, "is outside the years 1 to 9999 in UTC"};
  return {micros, {}, static_cast<std::uint16_t>(fraction % 1000)};
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
