#include "decode/input.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

namespace longshore::decode {
namespace {

constexpr std::size_t k_chunk = 65536;
// Bytes that are tested at once: a vector register of every processor.
constexpr std::size_t k_together = 16;
// NULs after the end, so that a vector can be read there.
constexpr std::size_t k_padding = k_together;
// Bytes that are read first: enough to detect the encoding.
constexpr std::size_t k_head = 4;
// Bytes kept before the current place if there is no mark: RapidJSON reports a fault in a number or an escape after it
// has read further.
constexpr std::size_t k_tail = 64;
// Bytes kept of a record or line that is too long: enough for the text of a reject.
constexpr std::size_t k_beginning = 4096;

bool is_white_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// How many bytes come before the first quote, backslash, control character or non-ASCII byte. As signed numbers the
// last two are less than a space.
std::size_t plain_ascii(const char* p) {
  using Bytes [[gnu::vector_size(k_together)]] = signed char;
  Bytes bytes;
  std::memcpy(&bytes, p, sizeof bytes);
  const Bytes special = (bytes < 0x20) | (bytes == '"') | (bytes == '\\');
  std::uint64_t halves[2];
  std::memcpy(halves, &special, sizeof halves);
  for (std::size_t half = 0; half < 2; ++half) {
    if constexpr (std::endian::native == std::endian::big)
      halves[half] = __builtin_bswap64(halves[half]);
    if (halves[half] != 0)
      return half * 8 + static_cast<std::size_t>(std::countr_zero(halves[half])) / 8;
  }
  return k_together;
}

// The code unit of a \uXXXX escape at `p`; -1 if there are no four hex digits.
int escaped_unit(const char* p) {
  int unit = 0;
  for (int i = 2; i < 6; ++i) {
    const char c = static_cast<char>(p[i] | 0x20);
    if (p[i] >= '0' && p[i] <= '9')
      unit = unit * 16 + (p[i] - '0');
    else if (c >= 'a' && c <= 'f')
      unit = unit * 16 + (c - 'a' + 10);
    else
      return -1;
  }
  return unit;
}

}  // namespace

Input::Input(ByteSource& source, std::size_t keep_limit, std::vector<char> buffer, Syntax syntax)
    : m_source(source), m_keep_limit(keep_limit), m_syntax(syntax), m_buffer(std::move(buffer)) {
  if (m_buffer.size() != k_chunk + k_padding)  // a buffer that grew for a long record is not reused
    m_buffer = std::vector<char>(k_chunk + k_padding);
  m_at = m_buffer.data();
  while (m_filled < k_head && fill(0)) {
  }
}

void Input::more() {
  if (m_line_mode)
    return;
  if (m_marked && index() - (m_mark - m_base) > m_keep_limit) {
    m_lost_at = position(m_mark);
    m_lost = slice(m_mark, m_mark + k_beginning);
    m_marked = false;
    m_mark_lost = true;
  }
  std::size_t keep_from = index() - std::min(index(), k_tail);
  if (m_marked)
    keep_from = std::min(keep_from, m_mark - m_base);
  while (m_at == m_end && fill(keep_from))
    keep_from = 0;
}

void Input::skip_separators() {
  for (;;) {
    skip_white_space();
    if (Peek() == k_record_separator)
      Take();
    else if (!skip_byte_order_mark())
      return;
  }
}

bool Input::skip_byte_order_mark() {
  const std::size_t length = length_of_byte_order_mark({m_at, static_cast<std::size_t>(m_end - m_at)});
  for (std::size_t i = 0; i < length; ++i)
    Take();
  return length > 0;
}

std::string_view Input::look_ahead(std::size_t limit) {
  while (m_filled - index() < limit && fill(index() - std::min(index(), k_tail))) {
  }
  return std::string_view{m_at, m_filled - index()}.substr(0, limit);
}

// Drops the bytes before `keep_from`, then reads more. False at the end of the document.
bool Input::fill(std::size_t keep_from) {
  if (m_exhausted)
    return false;
  drop_before(keep_from);
  if (m_buffer.size() - m_filled < k_chunk / 2) {
    const std::size_t at = index();
    m_buffer.resize(m_buffer.size() * 2);
    m_at = m_buffer.data() + at;
  }
  // never more than a chunk: position() scans the buffer, which stays large after a long record
  const std::size_t room = std::min(m_buffer.size() - m_filled - k_padding, k_chunk);
  const std::size_t n = m_source.read({m_buffer.data() + m_filled, room});
  m_exhausted = n == 0;
  m_filled += n;
  std::memset(m_buffer.data() + m_filled, 0, k_padding);
  if (m_syntax == Syntax::json)
    defuse_lone_surrogates();
  else
    m_visible = m_filled;
  if (!m_exhausted)
    hide_unfinished_character();
  m_end = m_buffer.data() + m_visible;
  return true;
}

void Input::drop_before(std::size_t index) {
  if (index == 0)
    return;
  char* const data = m_buffer.data();
  for (const char* p = data;
       (p = static_cast<const char*>(std::memchr(p, '\n', static_cast<std::size_t>(data + index - p))));) {
    ++p;
    ++m_base_line;
    m_line_start = m_base + static_cast<std::size_t>(p - data);
  }
  std::memmove(data, data + index, m_filled - index);
  m_at -= index;
  m_visible -= index;
  m_filled -= index;
  m_base += index;
}

// RapidJSON fails the whole document for an escaped high surrogate without a low one, although only one record is at
// fault. It accepts a lone low surrogate. So a lone high one is replaced by a low one, and convert.cpp rejects the
// record. The parser sees an escape only once it is whole in the buffer.
void Input::defuse_lone_surrogates() {
  char* p = m_buffer.data() + m_visible;
  char* const end = m_buffer.data() + m_filled;
  const auto is_there = [&](std::size_t bytes) { return m_exhausted || static_cast<std::size_t>(end - p) >= bytes; };
  while ((p = static_cast<char*>(std::memchr(p, '\\', static_cast<std::size_t>(end - p))))) {
    if (!is_there(12))
      break;
    const auto left = static_cast<std::size_t>(end - p);
    if (left < 6 || p[1] != 'u') {
      p += std::min<std::size_t>(left, 2);
      continue;
    }
    if ((escaped_unit(p) & ~0x3FF) == 0xD800) {
      const bool paired = left >= 12 && p[6] == '\\' && p[7] == 'u' && (escaped_unit(p + 6) & ~0x3FF) == 0xDC00;
      if (paired)
        p += 6;
      else
        std::memcpy(p + 2, "dc00", 4);
    }
    p += 6;
  }
  m_visible = static_cast<std::size_t>((p ? p : end) - m_buffer.data());
}

// Likewise the parser sees a character only once it is whole in the buffer.
void Input::hide_unfinished_character() {
  for (std::size_t bytes = 1; bytes <= std::min<std::size_t>(3, m_visible); ++bytes) {
    const auto byte = static_cast<unsigned char>(m_buffer[m_visible - bytes]);
    if (byte < 0x80)
      return;
    if (byte >= 0xC0) {
      const std::size_t wanted = byte >= 0xF0 ? 4 : (byte >= 0xE0 ? 3 : 2);
      m_visible -= wanted > bytes ? bytes : 0;
      return;
    }
  }
}

std::size_t Input::text_length(const char* from) const {
  const char* p = from;
  while (p < m_end) {
    const std::size_t ascii = plain_ascii(p);
    p += ascii;
    if (ascii == k_together)
      continue;
    if (p >= m_end || static_cast<signed char>(*p) >= 0)
      break;
    const std::size_t character = utf8_length({p, static_cast<std::size_t>(m_end - p)});
    if (character == 0)
      break;
    p += character;
  }
  return static_cast<std::size_t>(std::min(p, m_end) - from);
}

std::optional<std::string_view> Input::take_plain_integer() {
  constexpr std::ptrdiff_t k_most_digits = 18;
  const char* const digits = m_at + (*m_at == '-' ? 1 : 0);
  const char* p = digits;
  while (*p >= '0' && *p <= '9')
    ++p;
  const bool is_plain = p > digits && p - digits <= k_most_digits && (*digits != '0' || p - digits == 1);
  if (!is_plain || p >= m_end || *p == '.' || *p == 'e' || *p == 'E')
    return {};
  const std::string_view text{m_at, static_cast<std::size_t>(p - m_at)};
  m_at = p;
  return text;
}

void Input::mark(std::size_t offset) {
  m_mark = std::max(offset, m_base);
  m_marked = true;
  m_mark_lost = false;
}

std::string_view Input::slice(std::size_t begin, std::size_t end) const {
  if (m_mark_lost && begin == m_lost_at.offset)
    return std::string_view{m_lost}.substr(0, end - begin);
  begin = std::clamp(begin, m_base, m_base + m_filled);
  end = std::clamp(end, begin, m_base + m_filled);
  return {m_buffer.data() + (begin - m_base), end - begin};
}

Position Input::position(std::size_t offset) const {
  if (m_mark_lost && offset == m_lost_at.offset)
    return m_lost_at;
  const std::string_view before = slice(m_base, offset);
  const auto newline = before.rfind('\n');
  const std::size_t line_start = newline == std::string_view::npos ? m_line_start : m_base + newline + 1;
  return {offset, m_base_line + static_cast<std::size_t>(std::ranges::count(before, '\n')),
          offset - std::min(line_start, offset) + 1};
}

bool Input::next_line() {
  if (m_line_mode && !m_line_end)
    return false;  // the last line had no newline
  m_line_mode = true;
  while (find_line_end()) {
    if (m_line_too_long || !std::ranges::all_of(m_line, is_white_space))
      return true;
    if (!m_line_end)
      return false;
  }
  return false;
}

// Finds the next line (the first one starts at the current place) and reads it whole into the buffer. False if there is
// none.
bool Input::find_line_end() {
  if (m_line_end) {
    *m_line_end = '\n';
    m_at = m_line_end + 1;
    m_line_end = nullptr;
  }
  m_line_too_long = false;
  m_line_offset = Tell();
  std::size_t searched = index();
  char* newline = nullptr;
  for (;;) {
    newline = static_cast<char*>(std::memchr(m_buffer.data() + searched, '\n', m_visible - searched));
    if (newline || m_exhausted)
      break;
    if (m_visible - index() > m_keep_limit && !m_line_too_long) {
      m_line_too_long = true;
      m_lost.assign(m_at, std::min(k_beginning, m_visible - index()));
    }
    if (m_line_too_long)
      m_at = m_buffer.data() + m_visible;
    searched = m_visible - index();
    fill(index());
  }
  m_line_end = newline;
  m_end = newline ? newline : m_buffer.data() + m_visible;
  if (m_line_too_long) {
    m_line = m_lost;
    m_at = m_end;
    return true;
  }
  m_line = {m_at, static_cast<std::size_t>(m_end - m_at)};
  if (newline)
    *newline = '\0';
  return newline || !m_line.empty();
}

}  // namespace longshore::decode
