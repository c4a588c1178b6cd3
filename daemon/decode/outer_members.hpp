// The values of columns that read from outside the record (Relative JSON Pointers).
//
// Such a member may stand behind the records, so the document is read a second time for them, one root value ahead of
// the reader of the records. They are kept in memory for one root value, up to max_record_bytes.
#pragma once

#include "decode/decode.hpp"
#include "decode/envelope.hpp"
#include "decode/json.hpp"
#include "decode/record.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace longshore::decode {

class OuterMembers final : private JsonHandler {
 public:
  // Both must outlive it.
  OuterMembers(const Places& places, const Limits& limits);

  // A document begins; `reading` is a reading of its own.
  void begin(std::unique_ptr<ByteSource> reading);
  // Reads the next root value. A malformed one ends the reading: the reader of the records finds the same fault. Throws
  // Error{bad_file} if the values take too much memory.
  void read_root();
  // Gives a record that has just begun its values. `envelope` is where the reader of the records is.
  void put(const Envelope& envelope, RecordBuilder& record) const;

 private:
  struct Value {
    Scalar::Kind kind = Scalar::Kind::null;
    std::string text;
    bool truth = false;
    bool had_escape = false;
    std::optional<ReasonKind> fault;
  };

  void scalar(const Scalar& value) override;
  void key(std::string_view name) override { m_envelope.key(name, m_depth); }
  void start_object() override { start_container(false); }
  void end_object() override { end_container(); }
  void start_array() override { start_container(true); }
  void end_array() override { end_container(); }

  void start_container(bool array);
  void end_container();
  void keep(const Place& place, const Value& value);
  void count_bytes(std::size_t bytes);

  const Places& m_places;
  const Limits& m_limits;
  Envelope m_envelope;
  JsonParser m_parser;
  std::unique_ptr<ByteSource> m_reading;
  std::optional<Input> m_input;
  bool m_has_ended = false;
  std::size_t m_depth = 0;
  // by outer value, then by the ordinal of the object around the records
  std::vector<std::vector<std::optional<Value>>> m_values;
  std::size_t m_bytes = 0;
};

}  // namespace longshore::decode
