#include "decode/root_reader.hpp"

#include "base/text.hpp"
#include "decode/line_form.hpp"

#include <algorithm>

namespace longshore::decode {
namespace {

// What a person can do about a fault of the document.
struct Remedy {
  ReasonKind fault;
  std::string_view hint;
};
constexpr Remedy k_remedies[] = {
    {k_nul_byte, "tr -d '\\000' <FILE >NEW, then drop NEW"},
    {k_invalid_utf8, "if the file is Latin-1: iconv -f LATIN1 -t UTF-8 FILE >NEW, then drop NEW"},
    {k_too_deep, "raise max_depth if the file is genuine"},
    {k_token_too_long, "raise max_record_bytes if the file is genuine"},
};

std::string remedy_of(ReasonKind fault) {
  const auto found = std::ranges::find(k_remedies, fault, &Remedy::fault);
  return found == std::end(k_remedies) ? std::string{} : std::string{found->hint};
}

}  // namespace

RootReader::RootReader(const Feed& feed, const Limits& limits, Input& input, UnreadMembers& unread)
    : m_limits(limits), m_input(input), m_plan(feed), m_parser(limits.record_bytes), m_record(m_plan, input, unread),
      m_places(m_plan), m_envelope(m_places), m_lines(limits, m_places.root(), input, m_parser, m_record) {
  if (!m_places.outer_values().empty())
    m_outer = std::make_unique<OuterMembers>(m_places, limits);
}

void RootReader::read(RecordOutput& output) {
  if (m_outer)
    m_outer->begin(m_input.again());
  else if (m_places.is_root_allowed() && has_record_per_line(m_input.look_ahead(k_look_ahead), m_places.root()))
    return read_lines(output);
  read_values(output);
}

// ---- root values one after another

void RootReader::read_values(RecordOutput& output) {
  do {
    const std::size_t root = m_input.Tell();
    const bool is_object = m_input.Peek() == '{';
    if (const auto fault = parse_root(output))
      throw document_fault(*fault, true);
    if (m_now.root_may_be_record && m_record.has_read_member())
      output.finish(m_record, root, m_input.Tell());
    else if (!m_now.found_envelope)
      throw bad_file(m_input, root, no_envelope(is_object))
          .with_hint("name the place of the records in the option records of the feed");
    m_input.unmark();
  } while (has_next_root());
}

std::optional<JsonFault> RootReader::parse_root(RecordOutput& output) {
  if (m_outer)
    m_outer->read_root();
  m_now = {.output = &output};
  m_envelope.begin();
  m_input.mark(m_input.Tell());  // also for the place of a root value without records
  if (m_places.is_root_allowed()) {
    m_now.root_may_be_record = true;
    m_record.begin(m_input.Tell());
  }
  return m_parser.parse(m_input, *this);
}

bool RootReader::has_next_root() {
  m_input.skip_separators();
  if (m_input.at_end())
    return false;
  if (m_input.Peek() == '{' || m_input.Peek() == '[')
    return true;
  const std::size_t at = m_input.Tell();
  const std::string found = escape_clipped(m_input.slice(at, at + 1), 8);
  if (m_input.Peek() == '\0')
    throw document_fault({at, {k_nul_byte, {}}}, false);
  throw document_fault({at, {{"json", "expected '{', '[' or the end of the document"}, ": found '" + found + "'"}},
                       false);
}

Error RootReader::document_fault(const JsonFault& fault, bool at_document_end) const {
  return bad_file(m_input, fault.offset, fault.reason.full())
      .with_code(fault.ends_early && at_document_end ? k_ends_early : "")
      .with_hint(remedy_of(fault.reason.kind));
}

std::string RootReader::no_envelope(bool object) const {
  if (m_places.names().empty())
    return "expected an array of records, or one record per line";
  return "no envelope: expected " + std::string{object ? "" : "an object with "} + "an array at " + m_places.names();
}

// ---- one record per line

void RootReader::read_lines(RecordOutput& output) {
  while (m_input.next_line())
    if (!m_lines.read_line(output))
      read_line(output);
}

// A line that is not a good record: an envelope, an array of records, several values, or a reject. It is read again from
// its start.
void RootReader::read_line(RecordOutput& output) {
  const bool has_several = count_values(m_input.line()) > 1;
  const std::size_t line_end = m_input.line_offset() + m_input.line().size();
  m_input.rewind(m_input.line_offset());
  m_input.skip_separators();
  do {
    const std::size_t begin = m_input.Tell();
    auto fault = parse_root(output);
    std::size_t end = m_input.Tell();
    m_input.skip_separators();
    if (!fault && !has_several && !m_input.at_end())
      fault = JsonFault{m_input.Tell(), {{"json", "expected the end of the line"}, {}}};
    if (fault) {
      end = line_end;
      m_input.rewind(line_end);
    }
    finish_in_line(output, begin, end, std::move(fault));
  } while (!m_input.at_end());
}

// A fault costs the line, unless records of an array in it were read already.
void RootReader::finish_in_line(RecordOutput& output, std::size_t begin, std::size_t end,
                                std::optional<JsonFault> fault) {
  if (m_now.found_envelope && fault)
    throw document_fault(*fault, m_input.is_line_last());
  if (fault && fault->ends_early && m_input.is_line_last())
    output.note_early_end();
  if (!m_now.found_envelope) {
    if (fault)
      m_record.refuse(std::move(fault->reason), fault->offset);
    output.finish(m_record, begin, end);
  }
  m_input.unmark();
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
  if (m_now.in_records)
    return;
  const Place* const place = m_envelope.place_of_value(m_now.depth);
  if (place && place->is_records)
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
  const Envelope::Step step = m_envelope.enter(m_now.depth, array);
  if (array && m_now.depth == 1 && m_places.is_root_allowed())
    return begin_records();
  if (step == Envelope::Step::other)
    return;
  if (!array)
    refuse_envelope(m_input.Tell() - 1);
  if (m_envelope.is_second())
    throw JsonFault{m_input.Tell() - 1, {{"json", "a second array of records"}, {}}};
  if (step == Envelope::Step::records)
    return begin_records();
  m_now.found_envelope = true;
  m_now.root_may_be_record = false;
  m_input.unmark();
}

void RootReader::refuse_envelope(std::size_t offset) const {
  throw JsonFault{offset, {{"json", "not an array of records"}, ": " + m_places.names()}};
}

void RootReader::begin_records() {
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
  if (m_outer)
    m_outer->put(m_envelope, m_record);
}

void RootReader::end_record(std::size_t end) {
  m_now.in_record = false;
  m_now.output->finish(m_record, m_now.record_begin, end);
  m_now.between = end;
  m_input.mark(end);
}

}  // namespace longshore::decode
