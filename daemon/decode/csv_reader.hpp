// Reads a CSV document (RFC 4180): one record per row. Throws Error{bad_file} if the header lacks a field that the feed
// needs, if a quote never closes, or if a record is longer than the limit; any other fault is one reject.
#pragma once

#include "decode/csv_field.hpp"
#include "decode/csv_rows.hpp"
#include "decode/record_reader.hpp"

#include <optional>
#include <string>
#include <vector>

namespace longshore::decode {

class CsvReader final : public RecordReader {
 public:
  // All must outlive it.
  CsvReader(const Feed& feed, const Limits& limits, Input& input);

  void read(RecordOutput& output) override;

 private:
  // A column and the field that it reads in this document.
  struct Source {
    std::size_t field = 0;
    std::size_t column = 0;
    FieldReader read = nullptr;  // tried first; nullptr: there is none
  };

  struct Content {
    Bytes bytes;
    Bytes beyond;  // see RowBatch::Cell
  };

  void read_header(RecordOutput& output);
  void use_fields(const std::vector<std::optional<std::size_t>>& fields, const RecordOutput& output);
  void read_record(RecordOutput& output);
  bool is_cut_off() const;
  bool find_fault();
  bool find_count_fault();
  void convert(const Source& source);
  void convert_slowly(const Source& source, const CsvField& field, std::string_view text);
  void fail(std::string field, Reason reason, std::size_t at);

  const Feed& m_feed;
  const CsvForm& m_form;
  const Limits& m_limits;
  Input& m_input;
  CsvRows m_rows;
  std::vector<Source> m_sources;             // in the order of the fields
  std::size_t m_least_fields = 0;            // that the sources read
  std::optional<std::size_t> m_field_count;  // of every record
  std::vector<Content> m_contents;           // by column
  std::vector<RowBatch::Cell> m_cells;
  std::vector<RecordFault> m_faults;  // of the current record
  Reason m_reason;
};

}  // namespace longshore::decode
