// Reads one line of a document that has one JSON record per line (NDJSON).
#pragma once

#include "decode/json.hpp"
#include "decode/record_output.hpp"

namespace longshore::decode {

class LinesReader final : private JsonHandler {
 public:
  // All must outlive it.
  LinesReader(const Limits& limits, Input& input, JsonParser& parser, RecordBuilder& record)
      : m_limits(limits), m_input(input), m_parser(parser), m_record(record) {}

  // Reads the input's current line. Returns false, without side effects, if the line is not a good record: it may be a
  // root value of another form.
  bool read_line(RecordOutput& output);

 private:
  bool parse_line();
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
