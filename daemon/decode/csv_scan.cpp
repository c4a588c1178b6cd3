#include "decode/csv_scan.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace longshore::decode {
namespace {

constexpr std::size_t k_block = 64;
constexpr std::size_t k_none = static_cast<std::size_t>(-1);

// A bit for each of 64 bytes.
struct Masks {
  std::uint64_t special = 0;  // delimiter, quote, line feed, carriage return
  std::uint64_t quotes = 0;
  std::uint64_t suspects = 0;  // NUL or not ASCII: less than 1 as signed numbers
};

#ifdef __SSE2__
Masks masks_of(const char* block, char delimiter, char quote) {
  const __m128i delimiters = _mm_set1_epi8(delimiter);
  const __m128i quotes = _mm_set1_epi8(quote);
  const __m128i feeds = _mm_set1_epi8('\n');
  const __m128i returns = _mm_set1_epi8('\r');
  const __m128i one = _mm_set1_epi8(1);
  const auto bits = [](__m128i bytes) { return static_cast<std::uint64_t>(_mm_movemask_epi8(bytes)); };
  Masks masks;
  for (std::size_t i = 0; i < k_block; i += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block + i));
    const __m128i quote_bytes = _mm_cmpeq_epi8(bytes, quotes);
    const __m128i breaks = _mm_or_si128(_mm_cmpeq_epi8(bytes, feeds), _mm_cmpeq_epi8(bytes, returns));
    const __m128i special = _mm_or_si128(_mm_or_si128(quote_bytes, breaks), _mm_cmpeq_epi8(bytes, delimiters));
    masks.special |= bits(special) << i;
    masks.quotes |= bits(quote_bytes) << i;
    masks.suspects |= bits(_mm_cmplt_epi8(bytes, one)) << i;
  }
  return masks;
}
#else
Masks masks_of(const char* block, char delimiter, char quote) {
  Masks masks;
  for (std::size_t i = 0; i < k_block; ++i) {
    const char c = block[i];
    const std::uint64_t bit = std::uint64_t{1} << i;
    if (c == delimiter || c == quote || c == '\n' || c == '\r')
      masks.special |= bit;
    if (c == quote)
      masks.quotes |= bit;
    if (static_cast<signed char>(c) < 1)
      masks.suspects |= bit;
  }
  return masks;
}
#endif

// The bits behind bit `i`.
std::uint64_t behind(unsigned i) { return ~std::uint64_t{1} << i; }

}  // namespace

CsvScan::CsvScan(const CsvForm& form) : m_delimiter(form.delimiter), m_quote(form.quote.value_or(form.delimiter)) {
  reset();
}

void CsvScan::reset() {
  m_text = {};
  m_block = m_next_block = 0;
  m_special = m_quotes = m_suspects = 0;
  m_seen_suspect = false;
  begin_record(0);
}

void CsvScan::keep_fields(std::size_t fields) {
  m_most_fields = fields;
  m_fields.resize(std::min(m_fields.size(), fields));
}

void CsvScan::attach(std::string_view text) {
  const std::size_t scanned = m_text.size() - m_begin;
  if (m_begin > 0)
    drop(m_begin);
  m_text = text;
  m_block = m_next_block = scanned;
  m_special = m_quotes = m_suspects = 0;
}

// The text loses its first bytes.
void CsvScan::drop(std::size_t dropped) {
  m_begin -= dropped;
  m_field_begin -= dropped;
  m_mark -= dropped;
  m_closed -= dropped;
  for (std::size_t i = 0; i < std::min(m_count, m_fields.size()); ++i) {
    m_fields[i].begin -= dropped;
    m_fields[i].end -= dropped;
  }
  if (m_fault)
    m_fault->at -= dropped;
}

// Loads the next block; the caller has used the last one.
void CsvScan::load() {
  m_block = m_next_block;
  const std::size_t left = m_text.size() - m_block;
  Masks masks;
  if (left >= k_block) {
    masks = masks_of(m_text.data() + m_block, m_delimiter, m_quote);
    m_next_block += k_block;
  } else {
    std::array<char, k_block> bytes{};
    std::memcpy(bytes.data(), m_text.data() + m_block, left);
    masks = masks_of(bytes.data(), m_delimiter, m_quote);
    masks.suspects &= (std::uint64_t{1} << left) - 1;
    m_next_block = m_text.size();
  }
  m_special = masks.special;
  m_quotes = masks.quotes;
  m_suspects = masks.suspects;
  m_seen_suspect = m_seen_suspect || m_suspects != 0;
}

std::size_t CsvScan::next_special() {
  while (m_special == 0) {
    if (m_next_block >= m_text.size())
      return k_none;
    load();
  }
  const auto bit = static_cast<unsigned>(std::countr_zero(m_special));
  m_special &= m_special - 1;
  return m_block + bit;
}

std::size_t CsvScan::next_quote() {
  while ((m_special & m_quotes) == 0) {
    m_special = 0;
    if (m_next_block >= m_text.size())
      return k_none;
    load();
  }
  const auto bit = static_cast<unsigned>(std::countr_zero(m_special & m_quotes));
  m_special &= behind(bit);
  return m_block + bit;
}

bool CsvScan::next() {
  if (m_is_done)
    begin_record(m_end);
  for (;;) {
    const std::size_t at = m_state == State::quoted ? next_quote() : next_special();
    if (at == k_none)
      return false;
    if (step(at))
      return true;
  }
}

// Takes one special byte. True if it ends a record that is not blank.
bool CsvScan::step(std::size_t at) {
  const char c = m_text[at];
  switch (m_state) {
  case State::plain:
    break;
  case State::quoted:
    m_state = State::after_quote;
    m_mark = m_closed = at;
    return false;
  case State::after_quote:
    if (at == m_mark + 1 && c == m_quote) {
      m_has_doubled = true;
      m_state = State::quoted;
      return false;
    }
    if (at != m_mark + 1)
      fail(reason::k_after_quote, m_mark + 1);
    m_state = State::plain;
    break;
  case State::after_return:
    m_state = State::plain;
    if (at == m_mark + 1 && c == '\n')
      return end_record(m_mark, at + 1);
    fail(reason::k_lone_return, m_mark);
    break;
  }
  if (c == m_delimiter) {
    end_field(at);
    begin_field(at + 1);
  } else if (c == '\n') {
    return end_record(at, at + 1);
  } else if (c == '\r') {
    m_state = State::after_return;
    m_mark = at;
  } else if (at == m_field_begin) {
    m_state = State::quoted;
    m_is_quoted = true;
  } else {
    fail(reason::k_quote_inside, at);
  }
  return false;
}

bool CsvScan::end_record(std::size_t content_end, std::size_t end) {
  if (content_end == m_begin) {  // a blank line
    begin_record(end);
    return false;
  }
  end_field(content_end);
  m_end = end;
  m_content_end = content_end;
  m_is_done = true;
  m_is_suspect = m_seen_suspect;
  const std::size_t used = end - m_block;
  m_seen_suspect = used < k_block && (m_suspects >> used) != 0;
  return true;
}

bool CsvScan::finish() {
  if (m_is_done)
    begin_record(m_end);
  const std::size_t end = m_text.size();
  if (m_state == State::after_quote && m_mark + 1 != end)
    fail(reason::k_after_quote, m_mark + 1);
  if (m_state == State::after_return)
    fail(reason::k_lone_return, m_mark);
  return m_begin != end && end_record(end, end);
}

std::optional<std::size_t> CsvScan::open_quote() const {
  return m_state == State::quoted ? std::optional{m_field_begin} : std::nullopt;
}

void CsvScan::begin_record(std::size_t begin) {
  m_begin = begin;
  m_count = 0;
  m_fault.reset();
  m_is_done = false;
  m_state = State::plain;
  begin_field(begin);
}

void CsvScan::begin_field(std::size_t begin) {
  m_field_begin = begin;
  m_is_quoted = false;
  m_has_doubled = false;
}

void CsvScan::end_field(std::size_t end) {
  const CsvField field = m_is_quoted ? CsvField{m_field_begin + 1, m_closed, true, m_has_doubled}
                                     : CsvField{m_field_begin, end, false, false};
  if (m_count < m_fields.size())
    m_fields[m_count] = field;
  else if (m_count < m_most_fields)
    m_fields.push_back(field);
  ++m_count;
}

void CsvScan::fail(ReasonKind kind, std::size_t at) {
  if (!m_fault)
    m_fault = CsvFault{kind, at};
}

}  // namespace longshore::decode
