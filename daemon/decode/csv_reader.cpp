#include "decode/csv_reader.hpp"

#include "base/text.hpp"
#include "decode/csv_header.hpp"

#include <algorithm>
#include <cstring>

namespace longshore::decode {
namespace {

// A header with more fields fails its file.
constexpr std::size_t k_most_names = 16384;

// The first NUL or byte that is not UTF-8.
std::optional<CsvFault> encoding_fault(std::string_view text) {
  const char* const end = text.data() + text.size();
  for (const char* p = text.data(); p < end;) {
    if (static_cast<signed char>(*p) > 0) {
      ++p;
      continue;
    }
    const auto at = static_cast<std::size_t>(p - text.data());
    if (*p == '\0')
      return CsvFault{reason::k_csv_nul, at};
    const std::size_t length = utf8_length({p, static_cast<std::size_t>(end - p)});
    if (length == 0)
      return CsvFault{reason::k_csv_utf8, at};
    p += length;
  }
  return {};
}

bool is_json_number(std::string_view text) {
  const auto digits = [&] {
    const std::size_t n = std::min(text.find_first_not_of("0123456789"), text.size());
    text.remove_prefix(n);
    return n > 0;
  };
  const auto skip = [&](std::string_view any) {
    const bool found = !text.empty() && any.find(text[0]) != std::string_view::npos;
    text.remove_prefix(found ? 1 : 0);
    return found;
  };
  skip("-");
  if (!digits() || (skip(".") && !digits()))
    return false;
  return !skip("eE") || (skip("+-"), digits() && text.empty()) || text.empty();
}

Scalar scalar_of(const Column& column, std::string_view text) {
  const Type type = column.type.type;
  const bool is_number = type == Type::integer || type == Type::bigint || type == Type::real;
  if (is_number && is_json_number(text))
    return {Scalar::Kind::number, text, false, false};
  if (type == Type::boolean && (text == "true" || text == "false"))
    return {Scalar::Kind::boolean, text, text == "true", false};
  return {Scalar::Kind::string, text, false, false};
}

}  // namespace

CsvReader::CsvReader(const Feed& feed, const Limits& limits, Input& input)
    : m_feed(feed), m_form(*feed.csv), m_limits(limits), m_input(input), m_scan(m_form), m_bytes(feed.columns.size()),
      m_beyond(feed.columns.size()), m_cells(feed.columns.size()) {}

void CsvReader::read(RecordOutput& output) {
  m_scan.reset();
  m_field_count.reset();
  m_is_unfinished = m_at_end = false;
  if (m_form.header)
    m_scan.keep_fields(k_most_names);
  else
    use_fields(fields_by_number(m_feed), output);
  m_scan.attach(m_input.ahead());
  bool is_header = m_form.header;
  bool is_blank = true;
  for (; next(); is_blank = false)
    if (is_header) {
      read_header(output);
      is_header = false;
    } else {
      read_record(output);
    }
  if (is_blank)
    throw bad_file(m_input, m_input.Tell(), "the document contains only blank lines");
}

// Moves to the next record. False at the end of the document.
bool CsvReader::next() {
  if (m_at_end)
    return false;
  while (!m_scan.next()) {
    m_input.skip(m_scan.begin());
    if (m_input.ahead().size() > m_limits.record_bytes)
      throw too_long(m_input.Tell());
    const bool has_more = m_input.read_more();
    m_scan.attach(m_input.ahead());
    if (!has_more)
      return last_record();
  }
  if (m_scan.end() - m_scan.begin() > m_limits.record_bytes)
    throw too_long(offset(m_scan.begin()));
  return true;
}

bool CsvReader::last_record() {
  m_at_end = true;
  if (const auto quote = m_scan.open_quote())
    throw bad_file(m_input, offset(*quote), "a quoted field is not closed").with_code(k_ends_early);
  if (!m_scan.finish()) {
    m_input.skip(m_input.ahead().size());
    return false;
  }
  m_is_unfinished = m_form.final_newline;
  return true;
}

Error CsvReader::too_long(std::size_t offset) const {
  return bad_file(m_input, offset,
                  "a record is longer than max_record_bytes: " + std::to_string(m_limits.record_bytes) +
                      ", or a quoted field is not closed");
}

void CsvReader::read_header(const RecordOutput& output) {
  const std::size_t begin = offset(m_scan.begin());
  if (m_is_unfinished)
    throw bad_file(m_input, begin, "ends inside the header").with_code(k_ends_early);
  if (m_scan.field_count() > k_most_names)
    throw bad_file(m_input, begin, "the header has more than " + std::to_string(k_most_names) + " fields");
  if (find_fault())
    throw bad_file(m_input, m_fault.offset, "the header cannot be read: " + m_fault.reason.full());
  std::vector<std::string> names;
  for (const CsvField& field : m_scan.fields())
    names.emplace_back(content(field));
  m_field_count = names.size();
  use_fields(fields_by_name(m_feed, names, m_input, begin), output);
}

// Fills m_sources, and the cells that are equal in all records.
void CsvReader::use_fields(const std::vector<std::optional<std::size_t>>& fields, const RecordOutput& output) {
  m_sources.clear();
  m_least_fields = 0;
  for (std::size_t column = 0; column < fields.size(); ++column) {
    const Column& declared = m_feed.columns[column];
    m_cells[column] = declared.constant ? constant_cell(declared) : missing_cell(declared);
    if (!fields[column])
      continue;
    m_sources.push_back({*fields[column], column});
    m_least_fields = std::max(m_least_fields, *fields[column] + 1);
  }
  output.file_cells().put(m_cells);
  std::ranges::stable_sort(m_sources, {}, &Source::field);
  m_scan.keep_fields(m_least_fields);
}

void CsvReader::read_record(RecordOutput& output) {
  bool is_row = !find_fault() && !find_count_fault();
  for (auto source = m_sources.begin(); is_row && source != m_sources.end(); ++source)
    is_row = convert(*source);
  if (is_row)
    return output.add_row(m_cells, offset(m_scan.begin()), offset(m_scan.content_end()));
  const std::size_t begin = m_scan.begin();
  output.reject(m_fault, offset(begin), text_of(begin, std::min(m_scan.content_end(), begin + m_limits.raw_bytes)));
}

// A fault of the record's text.
bool CsvReader::find_fault() {
  std::optional<CsvFault> fault = m_scan.fault();
  if (m_is_unfinished)
    fault = CsvFault{reason::k_no_final_newline, m_scan.end()};
  if (!fault && m_scan.is_suspect()) {
    fault = encoding_fault(text_of(m_scan.begin(), m_scan.end()));
    if (fault)
      fault->at += m_scan.begin();
  }
  if (fault)
    fail("", {fault->kind, {}}, fault->at);
  return fault.has_value();
}

// Without a header, the first record that has all fields of the columns gives the number.
bool CsvReader::find_count_fault() {
  const std::size_t count = m_scan.field_count();
  if (!m_field_count && count >= m_least_fields)
    m_field_count = count;
  if (count == m_field_count)
    return false;
  fail("",
       {reason::k_field_count,
        ": " + std::to_string(count) + " instead of " + std::to_string(m_field_count.value_or(m_least_fields))},
       m_scan.begin());
  return true;
}

bool CsvReader::convert(const Source& source) {
  const Column& column = m_feed.columns[source.column];
  const CsvField& field = m_scan.fields()[source.field];
  RowBatch::Cell& cell = m_cells[source.column];
  cell = missing_cell(column);
  if (field.is_null()) {
    if (column.needs_value())
      fail(column.name, {reason::k_null, {}}, field.start());
    return !column.needs_value();
  }
  Bytes& bytes = m_bytes[source.column];
  bytes.clear();
  Bytes& beyond = m_beyond[source.column];
  beyond.clear();
  if (column.type.type == Type::jsonb) {
    m_json = '\1';
    append_json_string(m_json, content(field));
    bytes.append(m_json);
  } else if (!append_cell(column, scalar_of(column, content(field)), bytes, beyond, m_fault.reason)) {
    m_fault.field = column.name;
    m_fault.offset = offset(field.start());
    return false;
  }
  cell = {false, bytes.view()};
  cell.beyond = beyond.view();
  return true;
}

// A field's text; with doubled quotes it is valid until the next call.
std::string_view CsvReader::content(const CsvField& field) {
  std::string_view text = text_of(field.begin, field.end);
  if (!field.has_doubled_quotes)
    return text;
  m_unquoted.clear();
  while (!text.empty()) {
    const std::size_t part = std::min(text.find(*m_form.quote), text.size() - 1) + 1;
    m_unquoted.append(text.substr(0, part));
    text.remove_prefix(std::min(text.size(), part + (text[part - 1] == *m_form.quote ? 1 : 0)));
  }
  return m_unquoted.view();
}

}  // namespace longshore::decode
