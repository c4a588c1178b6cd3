// Moves through the records of a CSV document, each of them whole in the input's buffer.
#pragma once

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "decode/csv_scan.hpp"
#include "decode/input.hpp"

#include <cstddef>
#include <string_view>

namespace longshore::decode {

class CsvRows {
 public:
  // Both must outlive it. A record of more than `most_bytes` fails the document.
  CsvRows(const CsvForm& form, std::size_t most_bytes, Input& input);

  // Starts at the input's current place.
  void begin_document();
  // Keeps at most `fields` fields of each record; more are only counted.
  void keep_fields(std::size_t fields) { m_scan.keep_fields(fields); }
  // Moves to the next record that is not a blank line. False at the end of the document. Throws Error{bad_file} if a
  // quote never closes, or if a record is too long.
  bool next();

  // The current record. Offsets in fields and faults are those of the scan; offset() gives the document's.
  const CsvScan& record() const { return m_scan; }
  // Whether it ends with the document, without a line break.
  bool is_unfinished() const { return m_is_unfinished; }
  std::size_t offset(std::size_t at) const { return m_input.Tell() + at; }
  std::string_view text(std::size_t begin, std::size_t end) const { return m_input.ahead().substr(begin, end - begin); }
  // A field's text with its doubled quotes resolved; such a text is valid until the next call.
  std::string_view text(const CsvField& field);

 private:
  bool last_record();
  Error too_long(std::size_t offset) const;

  const CsvForm& m_form;
  std::size_t m_most_bytes;
  Input& m_input;
  CsvScan m_scan;
  bool m_is_unfinished = false;
  bool m_is_at_end = false;
  Bytes m_unquoted;
};

}  // namespace longshore::decode
