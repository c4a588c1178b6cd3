// Keep the end of a program's output, however much it writes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace longshore {

// The last line that is not blank, without white space at its end.
class LastLine {
 public:
  explicit LastLine(std::size_t limit) : m_limit(limit) {}

  void add(std::string_view bytes);
  // "" if there was none, or if it is longer than the limit. Call it after the last add().
  std::string text() const;
  bool is_too_long() const { return has_line() ? m_is_long : m_line_before_is_long; }

 private:
  // The line that has not ended is not blank.
  bool has_line() const;
  void end_line();

  std::size_t m_limit;
  std::string m_line;         // not ended yet; its first bytes if it is too long
  std::string m_line_before;  // the last one that ended and is not blank
  bool m_is_long = false;
  bool m_line_before_is_long = false;
};

// The last bytes.
class OutputTail {
 public:
  explicit OutputTail(std::size_t limit) : m_limit(limit) {}

  void add(std::string_view bytes);
  // Does not begin inside a UTF-8 character.
  std::string_view text() const;

 private:
  std::size_t m_limit;
  std::string m_bytes;    // at most twice the limit
  bool m_is_cut = false;  // bytes were removed
};

// The longest suffix of at most `limit` bytes that does not begin inside a UTF-8 character.
std::string_view tail_of(std::string_view text, std::size_t limit);

}  // namespace longshore
