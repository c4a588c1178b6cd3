#include "base/time_format.hpp"

#include "base/decimal.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace longshore {
namespace {

// ---- counts since 1970

struct Count {
  std::string_view word;
  int decimals;
};
constexpr std::array<Count, 4> k_counts{{{"unix", 0}, {"unix_ms", 3}, {"unix_us", 6}, {"unix_ns", 9}}};

// The digits of a number from `begin` to `end`, counted from its decimal point; zeros where it has none.
std::int64_t digits_between(const Decimal& number, std::int64_t begin, std::int64_t end) {
  std::int64_t value = 0;
  for (std::int64_t place = begin; place < end; ++place) {
    const std::int64_t at = number.point + place;
    const bool is_stored = at >= 0 && at < static_cast<std::int64_t>(number.digits.size());
    value = value * 10 + (is_stored ? number.digits[static_cast<std::size_t>(at)] - '0' : 0);
  }
  return value;
}

ParsedTime read_count(std::string_view text, int decimals) {
  constexpr std::int64_t k_most_seconds_digits = 12;  // the year 9999 has 12
  auto number = parse_decimal(text);
  if (!number)
    return {{}, k_not_number};
  number->point -= decimals;  // now in seconds
  if (number->digits.empty())
    number->point = 0;
  if (number->point > k_most_seconds_digits)
    return {{}, k_outside_years};
  if (number->decimals() > 9)
    return {{}, "is finer than a nanosecond"};
  std::int64_t seconds = digits_between(*number, -std::max<std::int64_t>(number->point, 0), 0);
  std::int64_t nanos = digits_between(*number, 0, 9);
  if (number->negative) {
    seconds = -seconds - (nanos > 0 ? 1 : 0);
    nanos = nanos > 0 ? 1'000'000'000 - nanos : 0;
  }
  return checked_time(micros_of(seconds, nanos), static_cast<std::uint16_t>(nanos % 1000), true);
}

// ---- patterns

// What the conversions of a pattern have read.
struct Read {
  CalendarTime time{.year = 1, .month = 1, .day = 1};
  int day_of_year = 0;
  int hour_of_half = 0;  // 1 to 12
  bool is_afternoon = false;
  std::optional<std::int64_t> unix_seconds;
};

enum Field : unsigned {
  year = 1,
  month = 2,
  day = 4,
  year_day = 8,
  hour = 16,
  half_hour = 32,
  half = 64,
  minute = 128,
  second = 256,
  fraction = 512,
  zone = 1024,
  seconds_1970 = 2048,
  weekday = 4096
};

// Takes between `least` and `most` digits from the front.
bool take_number(std::string_view& rest, std::size_t least, std::size_t most, int& number) {
  std::size_t digits = 0;
  number = 0;
  for (; digits < most && digits < rest.size() && rest[digits] >= '0' && rest[digits] <= '9'; ++digits)
    number = number * 10 + (rest[digits] - '0');
  rest.remove_prefix(digits);
  return digits >= least;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

// Takes one of the names, or its first three letters, and sets `number` to its index.
template <std::size_t count>
bool take_name(std::string_view& rest, const std::array<std::string_view, count>& names, int& number) {
  for (std::size_t i = 0; i < count; ++i)
    for (const std::string_view name : {names[i], names[i].substr(0, 3)})
      if (equals_ignoring_case(rest.substr(0, name.size()), name)) {
        rest.remove_prefix(name.size());
        number = static_cast<int>(i);
        return true;
      }
  return false;
}

constexpr std::array<std::string_view, 12> k_months{"january",   "february", "march",    "april",
                                                    "may",       "june",     "july",     "august",
                                                    "september", "october",  "november", "december"};
constexpr std::array<std::string_view, 7> k_weekdays{"sunday",   "monday", "tuesday", "wednesday",
                                                     "thursday", "friday", "saturday"};

bool take_year(std::string_view& rest, Read& read) { return take_number(rest, 4, 4, read.time.year); }
bool take_short_year(std::string_view& rest, Read& read) {
  int number = 0;
  if (!take_number(rest, 2, 2, number))
    return false;
  read.time.year = number + (number < 69 ? 2000 : 1900);  // the rule of POSIX
  return true;
}
bool take_month(std::string_view& rest, Read& read) { return take_number(rest, 1, 2, read.time.month); }
bool take_month_name(std::string_view& rest, Read& read) {
  const bool found = take_name(rest, k_months, read.time.month);
  ++read.time.month;
  return found;
}
bool take_day(std::string_view& rest, Read& read) { return take_number(rest, 1, 2, read.time.day); }
bool take_padded_day(std::string_view& rest, Read& read) {
  rest.remove_prefix(rest.starts_with(' ') ? 1 : 0);
  return take_day(rest, read);
}
bool take_day_of_year(std::string_view& rest, Read& read) {
  return take_number(rest, 1, 3, read.day_of_year) && read.day_of_year >= 1;
}
bool take_weekday(std::string_view& rest, Read&) {
  int ignored = 0;
  return take_name(rest, k_weekdays, ignored);
}
bool take_hour(std::string_view& rest, Read& read) { return take_number(rest, 1, 2, read.time.hour); }
bool take_hour_of_half(std::string_view& rest, Read& read) {
  return take_number(rest, 1, 2, read.hour_of_half) && read.hour_of_half >= 1 && read.hour_of_half <= 12;
}
bool take_half(std::string_view& rest, Read& read) {
  const std::string_view word = rest.substr(0, 2);
  read.is_afternoon = equals_ignoring_case(word, "pm");
  rest.remove_prefix(word.size());
  return read.is_afternoon || equals_ignoring_case(word, "am");
}
bool take_minute(std::string_view& rest, Read& read) { return take_number(rest, 1, 2, read.time.minute); }
bool take_second(std::string_view& rest, Read& read) { return take_number(rest, 1, 2, read.time.second); }
bool take_fraction(std::string_view& rest, Read& read) {
  const std::size_t before = rest.size();
  int number = 0;
  if (!take_number(rest, 1, 9, number))
    return false;
  read.time.nanos = number;
  for (std::size_t digits = before - rest.size(); digits < 9; ++digits)
    read.time.nanos *= 10;
  return true;
}
bool take_zone(std::string_view& rest, Read& read) {
  const std::size_t size = read_offset(rest, read.time.offset_minutes);
  rest.remove_prefix(size);
  return size > 0;
}
bool take_unix_seconds(std::string_view& rest, Read& read) {
  std::int64_t seconds = 0;  // `unix` also reads negative ones, where a fraction counts backwards
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + std::min<std::size_t>(rest.size(), 12), seconds);
  if (error != std::errc{} || seconds < 0 || rest.starts_with('-'))
    return false;
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  read.unix_seconds = seconds;
  return true;
}

struct Conversion {
  char letter;
  unsigned sets;  // Field
  bool (*take)(std::string_view& rest, Read& read);
};

constexpr std::array<Conversion, 19> k_conversions{{
    {'Y', year, take_year},
    {'y', year, take_short_year},
    {'m', month, take_month},
    {'b', month, take_month_name},
    {'B', month, take_month_name},
    {'h', month, take_month_name},
    {'d', day, take_day},
    {'e', day, take_padded_day},
    {'j', year_day, take_day_of_year},
    {'a', weekday, take_weekday},
    {'A', weekday, take_weekday},
    {'H', hour, take_hour},
    {'I', half_hour, take_hour_of_half},
    {'p', half, take_half},
    {'M', minute, take_minute},
    {'S', second, take_second},
    {'f', fraction, take_fraction},
    {'z', zone, take_zone},
    {'s', seconds_1970, take_unix_seconds},
}};

struct Shorthand {
  char letter;
  std::string_view pattern;
};
constexpr std::array<Shorthand, 6> k_shorthands{
    {{'T', "%H:%M:%S"}, {'R', "%H:%M"}, {'F', "%Y-%m-%d"}, {'D', "%m/%d/%y"}, {'n', " "}, {'t', " "}}};

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

}  // namespace

std::optional<TimeFormat> TimeFormat::parse(std::string_view text, std::string& fault) {
  TimeFormat format;
  format.m_text = text;
  if (text == "rfc3339")
    return format;
  if (const auto* count = std::ranges::find(k_counts, text, &Count::word); count != k_counts.end()) {
    format.m_kind = Kind::count;
    format.m_decimals = count->decimals;
    return format;
  }
  format.m_kind = Kind::pattern;
  if (text.find('%') == std::string_view::npos)
    fault = "is unknown";
  else if (format.compile(text, fault) && format.check_fields(fault))
    return format;
  return {};
}

bool TimeFormat::compile(std::string_view pattern, std::string& fault) {
  for (; !pattern.empty(); pattern.remove_prefix(1)) {
    if (is_blank(pattern[0])) {
      m_steps += m_steps.ends_with(' ') ? "" : " ";
      continue;
    }
    if (pattern[0] != '%') {
      m_steps += pattern[0];
      continue;
    }
    pattern.remove_prefix(1);
    if (pattern.empty()) {
      fault = "ends in a single %";
      return false;
    }
    const auto* shorthand = std::ranges::find(k_shorthands, pattern[0], &Shorthand::letter);
    if (shorthand != k_shorthands.end() ? !compile(shorthand->pattern, fault) : !add_conversion(pattern[0], fault))
      return false;
  }
  return true;
}

bool TimeFormat::add_conversion(char letter, std::string& fault) {
  if (letter == '%') {
    m_steps += "%%";
    return true;
  }
  const auto* conversion = std::ranges::find(k_conversions, letter, &Conversion::letter);
  if (conversion == k_conversions.end()) {
    fault = std::string{"has an unknown conversion: %"} + letter;
    return false;
  }
  if ((m_fields & conversion->sets) != 0) {
    fault = std::string{"reads the same part of the time twice: %"} + letter;
    return false;
  }
  m_fields |= conversion->sets;
  (m_steps += '%') += letter;
  return true;
}

bool TimeFormat::check_fields(std::string& fault) const {
  const auto has = [&](unsigned fields) { return (m_fields & fields) == fields; };
  const auto has_any = [&](unsigned fields) { return (m_fields & fields) != 0; };
  const bool is_count = has(seconds_1970);
  if (is_count && has_any(~(seconds_1970 | fraction | weekday)))
    fault = "has %s and other parts of a time";
  else if (has(year_day) && has_any(month | day))
    fault = "has %j and a month or a day";
  else if (!is_count && !has(year | year_day) && !has(year | month | day))
    fault = "does not give a day";
  else if (has(half_hour) != has(half) || has(hour | half))
    fault = "needs both %I and %p, or %H";
  else if (has(minute) && !has_any(hour | half_hour))
    fault = "has minutes without an hour";
  else if (has(second) && !has(minute))
    fault = "has seconds without minutes";
  else if (has(fraction) && !has_any(second | seconds_1970))
    fault = "has %f without seconds";
  return fault.empty();
}

bool TimeFormat::names_zone() const {
  return m_kind == Kind::count || (m_kind == Kind::pattern && (m_fields & (zone | seconds_1970)) != 0);
}

ParsedTime TimeFormat::read(std::string_view text) const {
  switch (m_kind) {
  case Kind::rfc3339:
    return parse_time(text);
  case Kind::count:
    return read_count(text, m_decimals);
  case Kind::pattern:
    break;
  }
  return read_pattern(text);
}

ParsedTime TimeFormat::read_pattern(std::string_view rest) const {
  Read read;
  for (std::size_t i = 0; i < m_steps.size(); ++i) {
    if (m_steps[i] == ' ') {
      const auto blanks = static_cast<std::size_t>(std::ranges::find_if_not(rest, is_blank) - rest.begin());
      rest.remove_prefix(blanks);
      if (blanks == 0)
        return {{}, k_no_match};
      continue;
    }
    if (m_steps[i] == '%' && m_steps[++i] != '%') {
      if (!std::ranges::find(k_conversions, m_steps[i], &Conversion::letter)->take(rest, read))
        return {{}, k_no_match};
      continue;
    }
    if (!rest.starts_with(m_steps[i]))
      return {{}, k_no_match};
    rest.remove_prefix(1);
  }
  if (!rest.empty())
    return {{}, k_no_match};

  if (read.unix_seconds)
    return checked_time(micros_of(*read.unix_seconds, read.time.nanos),
                        static_cast<std::uint16_t>(read.time.nanos % 1000), true);
  if ((m_fields & half_hour) != 0)
    read.time.hour = read.hour_of_half % 12 + (read.is_afternoon ? 12 : 0);
  if ((m_fields & year_day) != 0 && !set_day_of_year(read.time, read.day_of_year))
    return {{}, k_no_such_day};
  return time_of(read.time);
}

}  // namespace longshore
