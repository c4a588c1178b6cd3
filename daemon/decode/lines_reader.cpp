#include "decode/lines_reader.hpp"

namespace longshore::decode {

bool LinesReader::read_line(RecordOutput& output) {
  const std::size_t begin = m_input.line_offset();
  if (m_input.line_too_long()) {
    output.reject({"", {reason::k_record_too_long, {}}, begin}, begin, m_input.line());
    return true;
  }
  // the crash of a writer or of its machine can leave NULs
  if (const auto nul = m_input.line().find('\0'); nul != std::string_view::npos) {
    output.reject({"", {k_nul_byte, {}}, begin + nul}, begin, m_input.line());
    return true;
  }
  m_input.skip_separators();
  if (m_input.at_end())
    return true;
  if (!parse_line() || m_is_envelope || !m_record.finish(output.file_cells()).empty())
    return false;
  output.add_row(m_record.cells(), begin, begin + m_input.line().size());
  return true;
}

bool LinesReader::parse_line() {
  m_depth = 0;
  m_is_envelope = false;
  m_record.begin(m_input.Tell());
  if (m_parser.parse(m_input, *this))
    return false;
  m_input.skip_separators();
  return m_input.at_end();
}

void LinesReader::start_container() {
  if (++m_depth > m_limits.depth)
    throw too_deep(m_input.Tell() - 1, m_limits.depth);
}

void LinesReader::key(std::string_view name) {
  if (m_depth == 1)
    if (const Place* const place = m_root.member(name))
      m_is_envelope = m_is_envelope || place->leads_to_records;
  m_record.key(name);
}

void LinesReader::start_object() {
  start_container();
  m_record.start_object();
}

void LinesReader::end_object() {
  m_record.end_object();
  --m_depth;
}

void LinesReader::start_array() {
  start_container();
  m_record.start_array();
}

void LinesReader::end_array() {
  m_record.end_array();
  --m_depth;
}

}  // namespace longshore::decode
