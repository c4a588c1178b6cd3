// One record from its JSON events: the cells of a row, or the one reason why it is none. The first fault in the order of
// the document decides; after it the rest of the record is passed over.
#pragma once

#include "decode/convert.hpp"
#include "decode/input.hpp"
#include "decode/plan.hpp"
#include "feed/row_batch.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace longshore::decode {

class RecordBuilder {
 public:
  struct Fault {
    std::string field;  // the column; "" when it is the record as a whole
    std::string reason;
    std::size_t offset = 0;  // where the value stands, or the record begins
  };

  // Both must outlive it. The input must keep (mark) the record's bytes from its beginning on.
  RecordBuilder(const Plan& plan, Input& input);

  // A record begins with the next event, at `offset`.
  void begin(std::size_t offset);
  // The events inside it, its own object's start and end included. Each comes when the input is behind what it tells of: a
  // bracket, a key, a scalar.
  void start_object();
  void end_object() { end_container(); }
  void start_array();
  void end_array() { end_container(); }
  void key(std::string_view name);
  void scalar(const Scalar& value);

  // After its last event: what is missing is found. nullptr: it is a row, see cells().
  const Fault* finish();
  void fail(std::string field, std::string reason, std::size_t offset);
  std::span<const RowBatch::Cell> cells() const { return m_cells; }
  // Whether every required column has got a value by now: what tells a record from an object that merely has no envelope.
  bool is_complete() const;

 private:
  struct Frame {
    const Node* node = nullptr;  // what this container is; nullptr: of no interest
    bool array = false;
    std::uint64_t stamp = 0;     // tells this object from the last one at the same node
    std::uint64_t elements = 0;  // of an array, begun
  };
  struct Gathered {
    bool present = false;
    bool null = false;       // of a scalar
    bool has_nulls = false;  // of an array's elements
    std::uint64_t count = 0;
    Bytes bytes;                 // of an array, room for its head first
    std::optional<Fault> fault;  // counts only when this alternative is the one that fills the column

    std::size_t begin_element();
    void add_null_element();
  };
  // A value whose source bytes are kept, until the container at `depth` ends.
  struct Capture {
    std::size_t slot = 0;  // or k_rest
    std::size_t begin = 0;
    std::size_t depth = 0;
  };

  const Node* enter_value();
  void take(const Node& node, const Scalar& value);
  void take_slot(std::size_t slot, const Scalar& value);
  void fail_slot(std::size_t slot, std::string reason, std::size_t offset);
  void check_captured(const Scalar& value);
  void start_container(bool array);
  void end_container();
  void end_element(const Frame& array);
  void begin_captures(const Node* node, bool rest);
  void end_captures();
  void keep_source(std::size_t slot, std::string_view source);
  bool assemble(const Group& group);
  void assemble_rest(std::size_t column);
  static RowBatch::Cell array_cell(Type type, Gathered& gathered);
  std::size_t value_offset() const;
  const Column& column_of(std::size_t slot) const { return *m_plan.slots()[slot].column; }

  const Plan& m_plan;
  Input& m_input;
  std::vector<Frame> m_frames;
  std::vector<Gathered> m_gathered;   // by slot
  std::vector<std::uint64_t> m_seen;  // by node: the stamp of the object in which it was last seen
  std::uint64_t m_stamp = 0;
  const Node* m_next = nullptr;  // what the value after a key is
  std::string m_rest_key;        // the key before it, where the rest is kept
  bool m_next_is_rest = false;
  std::vector<std::string> m_rest_keys;
  std::string m_rest;               // the cell: jsonb's version byte, then the object as far as it is there
  std::vector<Capture> m_captures;  // open ones, the innermost last
  std::size_t m_begin = 0;
  std::size_t m_after_key = 0;
  std::optional<Fault> m_fault;
  std::vector<RowBatch::Cell> m_cells;
  std::string m_reason;
};

}  // namespace longshore::decode
