#include "decode/csv_reader.hpp"

#include "base/text.hpp"
#include "decode/canonical_json.hpp"
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

}  // namespace

CsvReader::CsvReader(const Feed& feed, const Limits& limits, Input& input)
    : m_feed(feed), m_form(*feed.csv), m_limits(limits), m_input(input), m_rows(m_form, limits.record_bytes, input),
      m_contents(feed.columns.size()), m_cells(feed.columns.size()) {}

void CsvReader::read(RecordOutput& output) {
  m_field_count.reset();
  m_rows.begin_document();
  if (m_form.header)
    m_rows.keep_fields(k_most_names);
  else
    use_fields(fields_by_number(m_feed), output);
  if (!m_rows.next())
    throw bad_file(m_input, m_input.Tell(), "the document contains only blank lines");
  if (m_form.header)
    read_header(output);
  else
    read_record(output);
  while (m_rows.next())
    read_record(output);
}

// Whether the rest of the record may be missing.
bool CsvReader::is_cut_off() const { return m_rows.is_unfinished() && m_form.final_newline; }

void CsvReader::read_header(RecordOutput& output) {
  const std::size_t begin = m_rows.offset(m_rows.record().begin());
  const std::string code = m_rows.is_unfinished() ? k_ends_early : "";
  if (m_rows.is_unfinished())
    output.note_early_end();
  if (is_cut_off() && !m_rows.record().fault())
    throw bad_file(m_input, begin, "ends inside the header").with_code(code);
  if (m_rows.record().field_count() > k_most_names)
    throw bad_file(m_input, begin, "the header has more than " + std::to_string(k_most_names) + " fields");
  m_faults.clear();
  if (find_fault())
    throw bad_file(m_input, m_faults[0].offset, "the header cannot be read: " + m_faults[0].reason.full())
        .with_code(code);
  std::vector<std::string> names;
  for (const CsvField& field : m_rows.record().fields())
    names.emplace_back(m_rows.text(field));
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
    m_sources.push_back({*fields[column], column, field_reader(declared)});
    m_least_fields = std::max(m_least_fields, *fields[column] + 1);
  }
  output.file_cells().put(m_cells);
  std::ranges::stable_sort(m_sources, {}, &Source::field);
  m_rows.keep_fields(m_least_fields);
}

void CsvReader::read_record(RecordOutput& output) {
  m_faults.clear();
  if (m_rows.is_unfinished())
    output.note_early_end();
  if (!find_fault() && !find_count_fault())
    for (const Source& source : m_sources)
      convert(source);
  const std::size_t begin = m_rows.record().begin();
  const std::size_t end = m_rows.record().content_end();
  if (m_faults.empty())
    return output.add_row(m_cells, m_rows.offset(begin), m_rows.offset(end));
  output.reject(m_faults, m_rows.offset(begin), m_rows.text(begin, std::min(end, begin + m_limits.raw_bytes)));
}

// A fault of the record's text.
bool CsvReader::find_fault() {
  const CsvScan& record = m_rows.record();
  std::optional<CsvFault> fault = record.fault();
  if (!fault && is_cut_off())
    fault = CsvFault{reason::k_no_final_newline, record.end()};
  if (!fault && record.is_suspect()) {
    fault = encoding_fault(m_rows.text(record.begin(), record.end()));
    if (fault)
      fault->at += record.begin();
  }
  if (fault)
    fail("", {fault->kind, {}}, fault->at);
  return fault.has_value();
}

// Without a header, the first record that has all fields of the columns gives the number.
bool CsvReader::find_count_fault() {
  const std::size_t count = m_rows.record().field_count();
  if (!m_field_count && count >= m_least_fields)
    m_field_count = count;
  if (count == m_field_count)
    return false;
  fail("",
       {reason::k_field_count,
        ": " + std::to_string(count) + " instead of " + std::to_string(m_field_count.value_or(m_least_fields))},
       m_rows.record().begin());
  return true;
}

void CsvReader::convert(const Source& source) {
  const CsvField& field = m_rows.record().fields()[source.field];
  const std::string_view text = m_rows.text(field);
  Content& content = m_contents[source.column];
  content.bytes.clear();
  if (source.read && !text.empty() && source.read(m_feed.columns[source.column], text, content.bytes))
    m_cells[source.column] = {false, content.bytes.view()};
  else
    convert_slowly(source, field, text);
}

void CsvReader::convert_slowly(const Source& source, const CsvField& field, std::string_view text) {
  const Column& column = m_feed.columns[source.column];
  const Scalar value = field.is_null() ? Scalar{} : Scalar{Scalar::Kind::string, text, false, false, true};
  Content& content = m_contents[source.column];
  content.bytes.clear();
  content.beyond.clear();
  switch (read_value(column, value, content.bytes, content.beyond, m_reason)) {
  case Outcome::cell:
    m_cells[source.column] = {false, content.bytes.view(), content.beyond.view()};
    break;
  case Outcome::null:
    m_cells[source.column] = missing_cell(column);
    break;
  case Outcome::refused:
    fail(column.name, m_reason, field.start());
    break;
  }
}

void CsvReader::fail(std::string field, Reason reason, std::size_t at) {
  if (m_faults.size() < k_most_faults)
    m_faults.push_back({std::move(field), std::move(reason), m_rows.offset(at)});
}

}  // namespace longshore::decode
