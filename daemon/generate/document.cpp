#include "generate/document.hpp"

namespace longshore::generate {
namespace {

constexpr std::size_t k_buffer = std::size_t{256} << 10;

std::string_view envelope_of(Kind kind) {
  return kind == Kind::objects_detection ? "objects_detection_events" : "vehicle_status";
}

void new_line(std::string& out, int depth) {
  out += '\n';
  out.append(static_cast<std::size_t>(depth) * 2, ' ');
}

// Only for the compact JSON of Records: strings in it have no escaped quotes.
void append_pretty(std::string& out, std::string_view record, int depth) {
  bool in_string = false;
  for (const char c : record) {
    in_string = in_string != (c == '"');
    if (in_string || c == '"') {
      out += c;
    } else if (c == '{' || c == '[') {
      out += c;
      new_line(out, ++depth);
    } else if (c == '}' || c == ']') {
      new_line(out, --depth);
      out += c;
    } else {
      out += c;
      if (c == ',')
        new_line(out, depth);
      else if (c == ':')
        out += ' ';
    }
  }
}

}  // namespace

void GeneratedDocument::begin_record() {
  if (m_layout == Layout::ndjson)
    return;
  if (m_empty)
    (((m_buffer += "{") += m_layout == Layout::pretty ? "\n  \"" : "\"") += envelope_of(m_kind)) +=
        m_layout == Layout::pretty ? "\": [" : "\":[";
  else
    m_buffer += ',';
  new_line(m_buffer, m_layout == Layout::pretty ? 2 : 0);
}

void GeneratedDocument::add(std::string_view record) {
  begin_record();
  if (m_layout == Layout::pretty)
    append_pretty(m_buffer, record, 2);
  else
    m_buffer += record;
  if (m_layout == Layout::ndjson)
    m_buffer += '\n';
  m_empty = false;
  flush_when_full();
}

void GeneratedDocument::add_broken(std::string record, Break how) {
  // with one record per line, a broken line is only a reject; an array of records that does not end fails the file
  if (m_layout == Layout::ndjson)
    record.insert(0, "[");
  else if (how == Break::cut_short)
    record.resize(record.size() / 2);
  else
    record[record.find(':')] = ';';
  add(record);
  m_cut = how == Break::cut_short && m_layout != Layout::ndjson;
}

void GeneratedDocument::finish() {
  if (!m_cut && m_layout != Layout::ndjson)
    m_buffer += m_layout == Layout::pretty ? "\n  ]\n}\n" : "\n]}\n";
  m_file.write(m_buffer);
  m_bytes += m_buffer.size();
  m_buffer.clear();
}

void GeneratedDocument::flush_when_full() {
  if (m_buffer.size() < k_buffer)
    return;
  m_file.write(m_buffer);
  m_bytes += m_buffer.size();
  m_buffer.clear();
}

}  // namespace longshore::generate
