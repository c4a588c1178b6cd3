#include "decode/csv_rows.hpp"

#include "decode/record_reader.hpp"

#include <algorithm>
#include <string>

namespace longshore::decode {

CsvRows::CsvRows(const CsvForm& form, std::size_t most_bytes, Input& input)
    : m_form(form), m_most_bytes(most_bytes), m_input(input), m_scan(form) {}

void CsvRows::begin_document() {
  m_is_unfinished = m_is_at_end = false;
  m_scan.reset();
  m_scan.attach(m_input.ahead());
}

bool CsvRows::next() {
  if (m_is_at_end) {
    m_input.skip(m_input.ahead().size());  // the last record, if it had no line break
    return false;
  }
  while (!m_scan.next()) {
    m_input.skip(m_scan.begin());
    if (m_input.ahead().size() > m_most_bytes)
      throw too_long(m_input.Tell());
    const bool has_more = m_input.read_more();
    m_scan.attach(m_input.ahead());
    if (!has_more)
      return last_record();
  }
  if (m_scan.end() - m_scan.begin() > m_most_bytes)
    throw too_long(offset(m_scan.begin()));
  return true;
}

bool CsvRows::last_record() {
  m_is_at_end = true;
  if (const auto quote = m_scan.open_quote())
    throw bad_file(m_input, offset(*quote), "a quoted field is not closed").with_code(k_ends_early);
  m_is_unfinished = m_scan.finish();
  if (!m_is_unfinished)
    m_input.skip(m_input.ahead().size());
  return m_is_unfinished;
}

Error CsvRows::too_long(std::size_t offset) const {
  return bad_file(m_input, offset,
                  "a record is longer than max_record_bytes: " + std::to_string(m_most_bytes) +
                      ", or a quoted field is not closed");
}

std::string_view CsvRows::text(const CsvField& field) {
  std::string_view rest = text(field.begin, field.end);
  if (!field.has_doubled_quotes)
    return rest;
  m_unquoted.clear();
  while (!rest.empty()) {
    const std::size_t quote = rest.find(*m_form.quote);
    const std::size_t part = std::min(quote, rest.size() - 1) + 1;
    m_unquoted.append(rest.substr(0, part));
    rest.remove_prefix(quote == std::string_view::npos ? part : std::min(part + 1, rest.size()));
  }
  return m_unquoted.view();
}

}  // namespace longshore::decode
