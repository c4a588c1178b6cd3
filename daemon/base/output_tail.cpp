#include "base/output_tail.hpp"

#include <algorithm>
#include <cstdint>

namespace longshore {
namespace {

constexpr std::string_view k_white_space = " \t\r\n\v\f";

bool is_blank(std::string_view text) { return text.find_first_not_of(k_white_space) == std::string_view::npos; }

// The text without the bytes at its beginning that continue a character: at most three, all others are not UTF-8.
std::string_view from_character(std::string_view text) {
  for (int i = 0; i < 3 && !text.empty() && (static_cast<std::uint8_t>(text[0]) & 0xC0) == 0x80; ++i)
    text.remove_prefix(1);
  return text;
}

}  // namespace

bool LastLine::has_line() const { return m_is_long || !is_blank(m_line); }

void LastLine::add(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view part = bytes.substr(0, end);
    const std::size_t room = m_limit - m_line.size();
    m_line += part.substr(0, room);
    m_is_long = m_is_long || !is_blank(part.substr(std::min(room, part.size())));
    if (end == std::string_view::npos)
      return;
    end_line();
    bytes.remove_prefix(end + 1);
  }
}

void LastLine::end_line() {
  if (has_line()) {
    m_line_before.swap(m_line);
    m_line_before_is_long = m_is_long;
  }
  m_line.clear();
  m_is_long = false;
}

std::string LastLine::text() const {
  if (is_too_long())
    return {};
  const std::string& line = has_line() ? m_line : m_line_before;
  return line.substr(0, line.find_last_not_of(k_white_space) + 1);
}

void OutputTail::add(std::string_view bytes) {
  m_bytes += bytes;
  if (m_bytes.size() <= 2 * m_limit)
    return;
  m_bytes.erase(0, m_bytes.size() - m_limit);
  m_is_cut = true;
}

std::string_view OutputTail::text() const {
  if (m_bytes.size() > m_limit)
    return tail_of(m_bytes, m_limit);
  return m_is_cut ? from_character(m_bytes) : std::string_view{m_bytes};
}

std::string_view tail_of(std::string_view text, std::size_t limit) {
  if (text.size() <= limit)
    return text;
  return from_character(text.substr(text.size() - limit));
}

}  // namespace longshore
