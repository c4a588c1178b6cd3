#include "decode/root_reader.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace longshore::decode {

RootReader::RootReader(const Feed& feed, const Limits& limits, Input& input, UnreadMembers& unread)
    : m_limits(limits), m_input(input), m_plan(feed), m_parser(limits.record_bytes), m_record(m_plan, input, unread),
      m_envelope(feed), m_lines(limits, input, m_parser, m_record) {}

void RootReader::read(RecordOutput& output) {
  m_now = {.output = &output};
  m_envelope.begin();
  const std::size_t root = m_input.Tell();
  const bool is_object = m_input.Peek() == '{';
  if (m_envelope.is_root_allowed() && is_object) {
    m_now.root_may_be_record = true;
    m_input.mark(root);
    m_record.begin(root);
  }
  if (const auto fault = m_parser.parse(m_input, *this)) {
    if (!is_fault_of_first_line(*fault, root))
      throw bad_file(m_input, fault->offset, fault->reason.full()).with_code(fault->ends_early ? k_ends_early : "");
    m_input.rewind(root);
    m_input.unmark();
    m_lines.read(output);
  } else if (m_now.root_may_be_record) {
    read_root_record(output, root);
  } else if (!m_now.found_envelope) {
    throw bad_file(m_input, root, no_envelope(is_object));
  } else {
    expect_end();
  }
}

// ---- what follows the root

// NDJSON with a malformed first line: the fault is in the first line, no envelope has begun, and the next line is an
// object.
bool RootReader::is_fault_of_first_line(const JsonFault& fault, std::size_t root) {
  if (!m_now.root_may_be_record || m_now.found_envelope || m_input.mark_lost() || fault.reason.kind == k_nul_byte)
    return false;
  const std::string_view read = m_input.slice(root, fault.offset);
  if (read.find('\n') != std::string_view::npos)
    return false;
  while (!m_input.at_end() && m_input.Peek() != '\n')
    m_input.Take();
  m_input.skip_white_space();
  m_now.root_may_be_record = false;
  return !m_input.at_end() && m_input.Peek() == '{' && !m_input.mark_lost();
}

// The root was an object without an envelope. It is a record if it has every required column, or if more objects
// follow.
void RootReader::read_root_record(RecordOutput& output, std::size_t root) {
  const bool is_complete = m_record.is_complete();
  const std::size_t end = m_input.Tell();
  const Position first = m_input.position(root);
  const Position last = m_input.position(end);
  while (!m_input.at_end() && m_input.Peek() != '\n' &&
         std::string_view{" \t\r"}.find(m_input.Peek()) != std::string_view::npos)
    m_input.Take();
  const bool line_ends = m_input.at_end() || m_input.Peek() == '\n';
  m_input.skip_white_space();
  const bool has_more = !m_input.at_end() && m_input.Peek() == '{' && line_ends;
  if (!is_complete && !has_more)
    throw bad_file(m_input, root, no_envelope(true));
  if (!has_more)
    expect_end();
  if (has_more && first.line != last.line)
    throw Error(Fault::bad_file, "the first of several records spans more than one line: lines " +
                                     std::to_string(first.line) + " to " + std::to_string(last.line))
        .with_hint("write each record on one line (jq -c), or put them into an array")
        .at(first);
  m_now.root_may_be_record = false;
  output.finish(m_record, root, end);
  m_input.unmark();
  if (has_more)
    m_lines.read(output);
}

void RootReader::expect_end() {
  m_input.skip_white_space();
  if (m_input.at_end())
    return;
  const std::size_t at = m_input.Tell();
  throw bad_file(m_input, at,
                 m_input.Peek() == '\0' ? std::string{k_nul_byte.text}
                                        : "expected the end of the document, found '" +
                                              escape_clipped(m_input.slice(at, at + 1), 8) + "'");
}

std::string RootReader::no_envelope(bool object) const {
  if (m_envelope.names().empty())
    return "expected an array of records, or one record per line";
  return "no envelope: expected " + std::string{object ? "" : "an object with "} + "an array at " + m_envelope.names();
}

// ---- events

void RootReader::scalar(const Scalar& value) {
  if (m_now.in_record)
    return m_record.scalar(value);
  if (m_now.in_records && m_now.depth == m_now.records_depth) {
    const auto skipped = m_input.slice(m_now.between, m_input.Tell()).find_first_not_of(" \t\r\n,[");
    begin_record(m_now.between + std::min(skipped, m_input.Tell() - m_now.between));
    m_record.scalar(value);
    end_record(m_input.Tell());
  } else if (m_now.root_may_be_record) {
    m_record.scalar(value);
  }
  if (!m_now.in_records && m_envelope.is_at_records(m_now.depth))
    refuse_envelope(m_input.Tell());
}

void RootReader::key(std::string_view name) {
  if (feeds_record())
    m_record.key(name);
  if (!m_now.in_record)
    m_envelope.key(name, m_now.depth);
}

void RootReader::start_object() {
  start_container(false);
  if (feeds_record())
    m_record.start_object();
}

void RootReader::start_array() {
  start_container(true);
  if (feeds_record())
    m_record.start_array();
}

void RootReader::end_object() {
  if (feeds_record())
    m_record.end_object();
  end_container();
}

void RootReader::end_array() {
  if (feeds_record())
    m_record.end_array();
  end_container();
}

// ---- containers

void RootReader::start_container(bool array) {
  if (++m_now.depth > m_limits.depth)
    throw too_deep(m_input.Tell() - 1, m_limits.depth);
  if (begins_record())
    begin_record(m_input.Tell() - 1);
  else if (!m_now.in_record && !m_now.in_records)
    enter(array);
}

void RootReader::end_container() {
  const std::size_t ended = m_now.depth--;
  if (m_now.in_record) {
    if (m_now.depth == m_now.records_depth)
      end_record(m_input.Tell());
    return;
  }
  if (m_now.in_records && m_now.depth < m_now.records_depth) {
    m_now.in_records = false;
    m_input.unmark();
  }
  m_envelope.leave(ended);
}

// A container outside the records: the array of records, a container on the path to it, or one to skip.
void RootReader::enter(bool array) {
  const bool is_at_records = m_envelope.enter(m_now.depth);
  if (array && (is_at_records || (m_now.depth == 1 && m_envelope.is_root_allowed())))
    begin_records();
  else if (is_at_records)
    refuse_envelope(m_input.Tell() - 1);
}

void RootReader::refuse_envelope(std::size_t offset) const {
  throw JsonFault{offset, {{"json", "not an array of records"}, ": " + m_envelope.names()}};
}

void RootReader::begin_records() {
  if (m_now.found_envelope)
    throw JsonFault{m_input.Tell() - 1, {{"json", "a second array of records"}, {}}};
  m_now.found_envelope = true;
  m_now.root_may_be_record = false;
  m_now.in_records = true;
  m_now.records_depth = m_now.depth;
  m_now.between = m_input.Tell();
  m_input.mark(m_now.between);
}

void RootReader::begin_record(std::size_t offset) {
  m_now.record_begin = offset;
  m_now.in_record = true;
  m_input.mark(offset);
  m_record.begin(offset);
}

void RootReader::end_record(std::size_t end) {
  m_now.in_record = false;
  m_now.output->finish(m_record, m_now.record_begin, end);
  m_now.between = end;
  m_input.mark(end);
}

}  // namespace longshore::decode
