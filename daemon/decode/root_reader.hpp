// Reads a document of root values, one after another: each is an envelope, an array of records, or a single record.
// A root object is followed in two ways until its kind is known: as the envelope that a pointer leads through, and as a
// record. If the document has one record per line, LinesReader reads the lines, and this reader those that are not a
// good record.
#pragma once

#include "decode/envelope.hpp"
#include "decode/lines_reader.hpp"
#include "decode/outer_members.hpp"
#include "decode/plan.hpp"
#include "decode/record_reader.hpp"

#include <memory>
#include <optional>
#include <string>

namespace longshore::decode {

class RootReader final : public RecordReader, private JsonHandler {
 public:
  // All must outlive it.
  RootReader(const Feed& feed, const Limits& limits, Input& input, UnreadMembers& unread);

  void read(RecordOutput& output) override;

 private:
  void scalar(const Scalar& value) override;
  void key(std::string_view name) override;
  void start_object() override;
  void end_object() override;
  void start_array() override;
  void end_array() override;

  void read_values(RecordOutput& output);
  void read_lines(RecordOutput& output);
  void read_line(RecordOutput& output);
  void finish_in_line(RecordOutput& output, std::size_t begin, std::size_t end, std::optional<JsonFault> fault);
  std::optional<JsonFault> parse_root(RecordOutput& output);
  bool has_next_root();
  Error document_fault(const JsonFault& fault, bool at_document_end) const;
  std::string no_envelope(bool object) const;

  void start_container(bool array);
  void end_container();
  bool begins_record() const { return m_now.in_records && !m_now.in_record && m_now.depth == m_now.records_depth + 1; }
  bool feeds_record() const { return m_now.in_record || m_now.root_may_be_record; }
  void enter(bool array);
  void begin_records();
  void begin_record(std::size_t offset);
  void end_record(std::size_t end);
  [[noreturn]] void refuse_envelope(std::size_t offset) const;

  // Where the parser is in the current document.
  struct State {
    RecordOutput* output = nullptr;
    std::size_t depth = 0;  // open containers
    bool found_envelope = false;
    bool in_records = false;  // inside the array of records
    std::size_t records_depth = 0;
    bool in_record = false;
    std::size_t record_begin = 0;
    std::size_t between = 0;  // the end of the last record, or the start of the array
    bool root_may_be_record = false;
  };

  const Limits& m_limits;
  Input& m_input;
  const Plan m_plan;
  JsonParser m_parser;
  RecordBuilder m_record;
  const Places m_places;
  Envelope m_envelope;
  LinesReader m_lines;
  std::unique_ptr<OuterMembers> m_outer;  // nullptr if no column reads from outside the record
  State m_now;
};

}  // namespace longshore::decode
