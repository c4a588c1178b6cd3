// How the text of a time is read: RFC 3339, a count since 1970, or a strptime pattern. Parsing is exact: no locale, no
// double, no setting of the process. A TimeFormat is immutable, so threads can share it.
#pragma once

#include "base/time.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace longshore {

class TimeFormat {
 public:
  // `text` is "rfc3339", "unix", "unix_ms", "unix_us", "unix_ns", or a pattern with the conversions of k_conversions in
  // time_format.cpp. Returns nothing and sets `fault` if it is none of these, or if the pattern does not give a day.
  static std::optional<TimeFormat> parse(std::string_view text, std::string& fault);

  // The whole text must match.
  ParsedTime read(std::string_view text) const;

  // Whether every text that it reads names its zone, or is a count since an instant.
  bool names_zone() const;
  bool is_rfc3339() const { return m_kind == Kind::rfc3339; }
  const std::string& text() const { return m_text; }

 private:
  enum class Kind { rfc3339, count, pattern };
  // Parses the rest of a pattern.
  bool compile(std::string_view pattern, std::string& fault);
  bool add_conversion(char letter, std::string& fault);
  bool check_fields(std::string& fault) const;
  ParsedTime read_pattern(std::string_view text) const;

  std::string m_text;
  Kind m_kind = Kind::rfc3339;
  int m_decimals = 0;     // of a count: the power of ten of its unit, 3 for milliseconds
  std::string m_steps;    // of a pattern: '%' and a letter, or a character that must be there; ' ' is any white space
  unsigned m_fields = 0;  // of a pattern: what its conversions set
};

}  // namespace longshore
