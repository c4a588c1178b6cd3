// Reads one JSON record per line (NDJSON). A malformed line is one reject; only a NUL byte fails the document.
#pragma once

#include "decode/json.hpp"
#include "decode/record_reader.hpp"

namespace longshore::decode {

class LinesReader final : public RecordReader, private JsonHandler {
 public:
  // All must outlive it.
  LinesReader(const Limits& limits, Input& input, JsonParser& parser, RecordBuilder& record)
      : m_limits(limits), m_input(input), m_parser(parser), m_record(record) {}

  void read(RecordOutput& output) override;

 private:
  void read_line(RecordOutput& output);
  void start_container();

  void scalar(const Scalar& value) override { m_record.scalar(value); }
  void key(std::string_view name) override { m_record.key(name); }
  void start_object() override;
  void end_object() override;
  void start_array() override;
  void end_array() override;

  const Limits& m_limits;
  Input& m_input;
  JsonParser& m_parser;
  RecordBuilder& m_record;
  std::size_t m_depth = 0;  // open containers
};

}  // namespace longshore::decode
