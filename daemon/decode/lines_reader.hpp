// Reads one line of a document that has one JSON record per line (NDJSON).
#pragma once

#include "decode/json.hpp"
#include "decode/places.hpp"
#include "decode/record_output.hpp"

namespace longshore::decode {

class LinesReader final : private JsonHandler {
 public:
  // All must outlive it. `root` is the place of the value in a line.
  LinesReader(const Limits& limits, const Place& root, Input& input, JsonParser& parser, RecordBuilder& record)
      : m_limits(limits), m_root(root), m_input(input), m_parser(parser), m_record(record) {}

  // Reads the input's current line: a good record is a row, a line that is too long or has a NUL byte is a reject. Any
  // other line may be a root value of another form: returns false, the output has nothing of it, and the input is
  // somewhere in the line.
  bool read_line(RecordOutput& output);

 private:
  bool parse_line();
  void start_container();

  void scalar(const Scalar& value) override { m_record.scalar(value); }
  void key(std::string_view name) override;
  void start_object() override;
  void end_object() override;
  void start_array() override;
  void end_array() override;

  const Limits& m_limits;
  const Place& m_root;
  Input& m_input;
  JsonParser& m_parser;
  RecordBuilder& m_record;
  std::size_t m_depth = 0;     // open containers
  bool m_is_envelope = false;  // a member of the line leads to records
};

}  // namespace longshore::decode
