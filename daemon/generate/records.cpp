#include "generate/records.hpp"

#include "base/error.hpp"
#include "base/time.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace longshore::generate {
namespace {

constexpr std::array<std::string_view, 5> k_types = {"pedestrians", "cars", "signs", "trucks", "obstacles"};
constexpr std::int64_t k_day_ms = 86'400'000;
constexpr std::uint64_t k_most_detections = 6;
constexpr std::uint64_t k_most_value = 10;

void append_hex(std::string& out, std::uint64_t bits) {
  char digits[16];
  for (char& digit : digits) {
    digit = "0123456789abcdef"[bits >> 60];
    bits <<= 4;
  }
  out.append(digits, sizeof digits);
}

void append_digits(std::string& out, std::uint64_t number, int digits) {
  char text[8];
  for (int i = digits; i-- > 0; number /= 10)
    text[i] = static_cast<char>('0' + number % 10);
  out.append(text, static_cast<std::size_t>(digits));
}

// "2022-06-05T21:02:34.546Z". Caches the text of the day, which consecutive records share.
void append_time(std::string& out, std::int64_t ms) {
  thread_local std::int64_t kept_day = -1;
  thread_local std::string kept_text;
  const std::int64_t day = ms / k_day_ms;
  if (day != kept_day) {
    kept_day = day;
    kept_text = format_time(micros_of(day * 86'400, 0)).substr(0, 11);
  }
  const auto rest = static_cast<std::uint64_t>(ms - day * k_day_ms);
  out += kept_text;
  append_digits(out, rest / 3'600'000, 2);
  out += ':';
  append_digits(out, rest / 60'000 % 60, 2);
  out += ':';
  append_digits(out, rest / 1000 % 60, 2);
  out += '.';
  append_digits(out, rest % 1000, 3);
  out += 'Z';
}

std::string_view time_member(Kind kind) { return kind == Kind::objects_detection ? "detection_time" : "report_time"; }

// 0.2 % accident, 29.8 % parking, 70 % driving
std::string_view status_of(std::uint64_t permille) {
  if (permille < 2)
    return "accident";
  return permille < 300 ? "parking" : "driving";
}

}  // namespace

Records::Records(const GenerateOptions& options, Kind kind, std::uint64_t expected) : m_options(options), m_kind(kind) {
  const std::uint64_t span = options.days * static_cast<std::uint64_t>(k_day_ms);
  m_step = span / std::max<std::uint64_t>(expected, 1) / 2 * 2;
  m_step = std::min<std::uint64_t>(m_step, 0xffff'fffe);  // Random::below's limit; 49 days
  m_lag = std::clamp<std::uint64_t>(expected / 4, 2, 3 * options.vehicles + 2);
  if (m_step < 2)
    throw Error(Fault::fatal,
                "--days " + std::to_string(options.days) + " is too short: each record needs its own time")
        .with_hint("use more --days or fewer records")
        .exits(Exit::usage);
}

Random Records::random(std::uint64_t i, std::uint64_t stream) const {
  return {m_options.seed, stream * 2 + static_cast<std::uint64_t>(m_kind), i};
}

Draw Records::draw(std::uint64_t i) const {
  const double at = random(i, 2).unit();
  if (at < m_options.rejects)
    return Draw::reject;
  if (at < m_options.rejects + m_options.duplicates)
    return Draw::duplicate;
  return at < m_options.rejects + m_options.duplicates + m_options.late ? Draw::late : Draw::on_time;
}

std::int64_t Records::time(std::uint64_t i) const {
  const std::uint64_t within = random(i, 3).below(m_step / 2) * 2;
  return m_options.start_ms / 2 * 2 + static_cast<std::int64_t>(i * m_step + within);
}

Records::Identity Records::identity(std::uint64_t i) const {
  if (!is_late(i))
    return {vehicle(i), time(i)};
  // use the vehicle of a newer record on time; otherwise this record would not be late for its vehicle
  std::uint64_t newer = i - 1;
  while (newer + m_lag > i + 1 && draw(newer) != Draw::on_time)
    --newer;
  return {vehicle(newer), time(i - m_lag) + 1};
}

std::uint64_t Records::detections(std::uint64_t i) const {
  return m_kind == Kind::objects_detection ? 1 + random(i, 4).below(k_most_detections) : 0;
}

void Records::append_head(std::string& out, const Identity& identity) const {
  Random id{m_options.seed, 100, identity.vehicle};
  out += "{\"vehicle_id\":\"";
  append_hex(out, id.next());
  append_hex(out, id.next());
  out += "\",\"";
  out += time_member(m_kind);
  out += "\":\"";
  append_time(out, identity.time);
  out += "\",";
}

void Records::append_detections(std::string& out, std::uint64_t i) const {
  Random values = random(i, 5);
  out += "\"detections\":[";
  for (std::uint64_t n = detections(i); n > 0; --n) {
    out += "{\"object_type\":\"";
    out += k_types[values.below(k_types.size())];
    out += "\",\"object_value\":";
    const std::uint64_t value = 1 + values.below(k_most_value);
    append_digits(out, value, value > 9 ? 2 : 1);
    out += n > 1 ? "}," : "}";
  }
  out += "]}";
}

void Records::append_status(std::string& out, std::uint64_t i) const {
  out += "\"status\":\"";
  out += status_of(random(i, 6).below(1000));
  out += "\"}";
}

std::uint64_t Records::append(std::string& out, std::uint64_t i) const {
  const Identity who = identity(i);
  append_head(out, who);
  if (m_kind == Kind::objects_detection)
    append_detections(out, i);
  else
    append_status(out, i);
  return who.vehicle;
}

void Records::append_reject(std::string& out, std::uint64_t i) const {
  struct Fault {
    std::string_view good;
    std::string_view bad;
    std::size_t more;  // bytes after `good` that are replaced too
  };
  static constexpr std::array<Fault, 4> k_of_both = {{
      {"\"vehicle_id\":\"", "\"vehicle_id\":\"", 32},  // empty
      {"\"vehicle_id\":", "\"vehicle_id\":17", 34},    // a number
      {"_time\":\"", "_time\":\"yesterday", 24},       // not a time
      {"_time\":", "_clock\":", 0},                    // the member is missing
  }};
  static constexpr std::array<Fault, 2> k_of_events = {{
      {"\"object_value\":", "\"object_value\":-", 0},  // below 0
      {"\"object_type\":", "\"object_type\":null,\"was\":", 0},
  }};
  static constexpr std::array<Fault, 2> k_of_reports = {{
      {"\"status\":", "\"state\":", 0},
      {"\"status\":", "\"status\":false,\"was\":", 0},
  }};
  const std::size_t number = random(i, 7).below(k_of_both.size() + 2);
  const auto& of_kind = m_kind == Kind::objects_detection ? k_of_events : k_of_reports;
  const Fault& fault = number < k_of_both.size() ? k_of_both[number] : of_kind[number - k_of_both.size()];

  const std::size_t begin = out.size();
  append(out, i);
  out.replace(out.find(fault.good, begin), fault.good.size() + fault.more, fault.bad);
}

}  // namespace longshore::generate
