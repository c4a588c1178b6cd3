#include "decode/lines_reader.hpp"

namespace longshore::decode {

void LinesReader::read(RecordOutput& output) {
  while (m_input.next_line()) {
    const std::size_t begin = m_input.line_offset();
    if (const auto nul = m_input.line().find('\0'); nul != std::string_view::npos)
      throw bad_file(m_input, begin + nul, std::string{k_nul_byte.text});
    if (m_input.line_too_long())
      output.reject({"", {reason::k_record_too_long, {}}, begin}, begin, m_input.line());
    else
      read_line(output);
  }
}

void LinesReader::read_line(RecordOutput& output) {
  const std::size_t begin = m_input.line_offset();
  m_input.skip_white_space();
  m_depth = 0;
  m_record.begin(m_input.Tell());
  auto fault = m_parser.parse(m_input, *this);
  if (!fault) {
    m_input.skip_white_space();
    if (!m_input.at_end())
      fault = JsonFault{m_input.Tell(), {{"json", "expected the end of the line"}, {}}};
  }
  if (fault)
    m_record.refuse(std::move(fault->reason), fault->offset);
  output.finish(m_record, begin, begin + m_input.line().size());
}

void LinesReader::start_container() {
  if (++m_depth > m_limits.depth)
    throw too_deep(m_input.Tell() - 1, m_limits.depth);
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
