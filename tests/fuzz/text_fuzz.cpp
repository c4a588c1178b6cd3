// Takes any bytes as a name, a time, a size or a pattern. Escaped text is one printable line and can be unescaped.
// Formatted values can be parsed again.
#include "base/text.hpp"
#include "base/time.hpp"
#include "base/units.hpp"
#include "feed/feed.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

using namespace longshore;

namespace {

void must(bool holds) {
  if (!holds)
    std::abort();
}

bool is_printable_ascii_or_more(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; });
}

void try_escape(std::string_view bytes, std::size_t limit) {
  const std::string escaped = escape(bytes);
  must(is_printable_ascii_or_more(escaped));
  must(unescape(escaped) == bytes);
  must(escape(escaped) == escaped || escaped.find('\\') != escaped.npos);
  const std::string clipped = escape_clipped(bytes, limit);
  must(clipped.size() <= limit + std::string_view{"…"}.size());
  must(escaped.size() > limit || clipped == escaped);
  must(bytes.starts_with(clip_utf8(bytes, limit)));
}

void try_time(std::string_view text) {
  if (const ParsedTime time = parse_time(text); time.micros) {
    const std::string formatted = format_time(*time.micros);
    must(formatted.size() == 27 && parse_time(formatted).micros == time.micros);
  } else {
    must(!time.fault.empty());
  }
  if (const ParsedDate date = parse_date(text); date.days)
    must(format_date(*date.days) == text);
}

void try_units(std::string_view text) {
  if (const auto time = parse_duration(text))
    must(parse_duration(format_duration(*time)) == time);
  if (const auto size = parse_size(text))
    must(parse_size(format_size(*size)) == size);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0)
    return 0;
  const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
  try_escape(text, data[0]);
  try_time(text);
  try_units(text);
  const std::string_view pattern = text.substr(0, data[0] % 12);
  glob_matches(pattern, text.substr(pattern.size(), 255));
  return 0;
}
