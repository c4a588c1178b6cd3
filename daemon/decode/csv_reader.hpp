// Reads a CSV document (RFC 4180): one record per row. Throws Error{bad_file} if the header lacks a field that the feed
// needs, if a quote never closes, or if a record is longer than the limit; any other fault is one reject.
#pragma once

#include "decode/csv_scan.hpp"
#include "decode/record_reader.hpp"

#include <optional>
#include <string>
#include <string_view>
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
  };

  bool next();
  bool last_record();
  Error too_long(std::size_t offset) const;
  void read_header(const RecordOutput& output);
  void use_fields(const std::vector<std::optional<std::size_t>>& fields, const RecordOutput& output);
  void read_record(RecordOutput& output);
  bool find_fault();
  bool find_count_fault();
  bool convert(const Source& source);
  std::string_view content(const CsvField& field);
  void fail(std::string field, Reason reason, std::size_t at) {
    m_fault = {std::move(field), std::move(reason), offset(at)};
  }
  std::size_t offset(std::size_t at) const { return m_input.Tell() + at; }
  std::string_view text_of(std::size_t begin, std::size_t end) const {
    return m_input.ahead().substr(begin, end - begin);
  }

  const Feed& m_feed;
  const CsvForm& m_form;
  const Limits& m_limits;
  Input& m_input;
  CsvScan m_scan;
  std::vector<Source> m_sources;             // in the order of the fields
  std::size_t m_least_fields = 0;            // that the sources read
  std::optional<std::size_t> m_field_count;  // of every record
  bool m_is_unfinished = false;              // the current record needs a line break, and has none
  bool m_at_end = false;
  std::vector<Bytes> m_bytes;   // by column
  std::vector<Bytes> m_beyond;  // by column, see RowBatch::Cell
  std::vector<RowBatch::Cell> m_cells;
  Bytes m_unquoted;
  std::string m_json;
  RecordFault m_fault;
};

}  // namespace longshore::decode
