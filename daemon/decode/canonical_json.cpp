#include "decode/canonical_json.hpp"

#include "base/decimal.hpp"
#include "feed/cell.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace longshore::decode {
namespace {

// Beyond these powers of ten a number has an exponent, so that 1e300 does not become 301 digits.
constexpr std::int64_t k_least_plain = -7;
constexpr std::int64_t k_most_plain = 20;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Of four hex digits that the parser has accepted.
std::uint32_t hex4(const char* digits) {
  std::uint32_t code = 0;
  std::from_chars(digits, digits + 4, code, 16);
  return code;
}

void append_utf8(std::uint32_t code, std::string& out) {
  const auto last = [&](unsigned shift) { out += static_cast<char>(0x80 | ((code >> shift) & 0x3F)); };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | (code >> 6));
    last(0);
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | (code >> 12));
    last(6);
    last(0);
  } else {
    out += static_cast<char>(0xF0 | (code >> 18));
    last(12);
    last(6);
    last(0);
  }
}

// Appends the character of the escape at `at`, behind its backslash. Returns the end of the escape.
const char* append_escape(const char* at, std::string& out) {
  static constexpr std::string_view k_letters = "bfnrt";
  static constexpr std::string_view k_meanings = "\b\f\n\r\t";
  if (*at != 'u') {
    const auto letter = k_letters.find(*at);
    out += letter == std::string_view::npos ? *at : k_meanings[letter];
    return at + 1;
  }
  std::uint32_t code = hex4(at + 1);
  at += 5;
  if (code >= 0xD800 && code < 0xDC00 && at[0] == '\\' && at[1] == 'u') {
    code = 0x10000 + ((code - 0xD800) << 10) + ((hex4(at + 2) - 0xDC00) & 0x3FF);
    at += 6;
  }
  append_utf8(code, out);
  return at;
}

// `digits` has no zeros at its ends; the first one counts 10^power.
void append_decimal(std::string_view digits, std::int64_t power, Bytes& out) {
  static constexpr std::string_view k_zeros = "00000000000000000000";
  if (power < k_least_plain || power > k_most_plain) {
    out.push_back(digits[0]);
    if (digits.size() > 1) {
      out.push_back('.');
      out.append(digits.substr(1));
    }
    out.push_back('e');
    out.append(std::to_string(power));
  } else if (power < 0) {
    out.append("0.");
    out.append(k_zeros.substr(0, static_cast<std::size_t>(-power - 1)));
    out.append(digits);
  } else {
    const auto whole = static_cast<std::size_t>(power) + 1;
    out.append(digits.substr(0, whole));
    if (digits.size() < whole)
      out.append(k_zeros.substr(0, whole - digits.size()));
    if (digits.size() > whole) {
      out.push_back('.');
      out.append(digits.substr(whole));
    }
  }
}

}  // namespace

void append_canonical_number(std::string_view source, Bytes& out) {
  const auto number = parse_decimal(source);
  if (!number || number->digits.empty())  // zero; or NaN, whose record is a reject
    return out.append("0");
  if (number->negative)
    out.push_back('-');
  append_decimal(number->digits, number->point - 1, out);
}

void CanonicalJson::append(std::string_view source, Bytes& out) {
  m_at = source.data();
  m_end = m_at + source.size();
  m_out = &out;
  m_members.clear();
  value();
}

// Skips white space. Returns the byte at the current place; 0 at the end.
char CanonicalJson::next() {
  while (m_at < m_end && (*m_at == ' ' || *m_at == '\n' || *m_at == '\r' || *m_at == '\t'))
    ++m_at;
  return m_at < m_end ? *m_at : '\0';
}

void CanonicalJson::value() {
  switch (next()) {
  case '{':
    return object();
  case '[':
    return array();
  case '"':
    return string();
  case 't':
  case 'f':
  case 'n':
    return literal();
  default:
    return number();
  }
}

void CanonicalJson::object() {
  const std::size_t begin = m_out->size();
  const std::size_t first = m_members.size();
  m_out->push_back('{');
  ++m_at;
  while (next() == '"') {
    if (m_members.size() > first)
      m_out->push_back(',');
    CanonicalMember member{m_out->size(), 0, 0, 0};
    string();
    member.name_size = m_out->size() - member.begin;
    next();
    ++m_at;  // the colon
    m_out->push_back(':');
    value();
    member.end = m_out->size();
    m_members.push_back(member);
    if (next() == ',')
      ++m_at;
  }
  ++m_at;
  sort_members(first, begin);
  m_members.resize(first);
  m_out->push_back('}');
}

void CanonicalJson::sort_members(std::size_t first, std::size_t object_begin) {
  const auto begin = m_members.begin() + static_cast<std::ptrdiff_t>(first);
  const auto name = [&](const CanonicalMember& member) { return member.name(*m_out); };
  const auto not_sorted = [&](const auto& a, const auto& b) { return name(a) >= name(b); };
  if (std::adjacent_find(begin, m_members.end(), not_sorted) == m_members.end())
    return;
  std::ranges::stable_sort(begin, m_members.end(), {}, name);
  m_sorted.clear();
  for (auto member = begin; member != m_members.end(); ++member) {
    if (member + 1 != m_members.end() && name(*member) == name(*(member + 1)))
      continue;
    if (!m_sorted.empty())
      m_sorted.push_back(',');
    m_sorted.append(member->text(*m_out));
  }
  m_out->shrink(object_begin + 1);
  m_out->append(m_sorted.view());
}

void CanonicalJson::array() {
  m_out->push_back('[');
  ++m_at;
  for (bool is_first = true; m_at < m_end && next() != ']'; is_first = false) {
    if (!is_first)
      m_out->push_back(',');
    value();
    if (next() == ',')
      ++m_at;
  }
  ++m_at;
  m_out->push_back(']');
}

void CanonicalJson::string() {
  const char* const text = ++m_at;
  while (m_at < m_end && *m_at != '"' && *m_at != '\\')
    ++m_at;
  if (m_at < m_end && *m_at == '"') {
    m_out->append({text - 1, static_cast<std::size_t>(++m_at - text + 1)});
    return;
  }
  m_text.assign(text, m_at);
  while (m_at < m_end && *m_at != '"') {
    if (*m_at == '\\')
      m_at = append_escape(m_at + 1, m_text);
    else
      m_text += *m_at++;
  }
  ++m_at;
  append_json_string(*m_out, m_text);
}

// Also NaN and Infinity, which the parser accepts. Their text does not matter: their record is a reject.
void CanonicalJson::number() {
  static constexpr std::string_view k_other_bytes = "+-.eENaInfity";
  const char* const begin = m_at;
  while (m_at < m_end && (is_digit(*m_at) || k_other_bytes.find(*m_at) != std::string_view::npos))
    ++m_at;
  append_canonical_number({begin, static_cast<std::size_t>(m_at - begin)}, *m_out);
}

void CanonicalJson::literal() {
  const char* const begin = m_at;
  while (m_at < m_end && *m_at >= 'a' && *m_at <= 'z')
    ++m_at;
  m_out->append({begin, static_cast<std::size_t>(m_at - begin)});
}

}  // namespace longshore::decode
