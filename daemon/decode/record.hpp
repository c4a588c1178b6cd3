// Builds one record from its JSON events: the cells of a row, or the faults for which it is rejected.
// A record has at most one fault for each column and one for the record as a whole, k_most_faults in all.
#pragma once

#include "decode/canonical_json.hpp"
#include "decode/convert.hpp"
#include "decode/file_cells.hpp"
#include "decode/input.hpp"
#include "decode/plan.hpp"
#include "decode/unread_members.hpp"
#include "feed/reject.hpp"
#include "feed/row_batch.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace longshore::decode {

inline constexpr std::size_t k_most_faults = 8;

struct RecordFault {
  std::string field;  // the column; "" for the record as a whole
  Reason reason;
  std::size_t offset = 0;  // of the value, or of the record
};

class RecordBuilder {
 public:
  // All must outlive it. The input must keep (mark) the record's bytes from its first one on.
  RecordBuilder(const Plan& plan, Input& input, UnreadMembers& unread);

  // The next event begins a record at `offset`.
  void begin(std::size_t offset);
  // The record's events, with the start and end of its own object. At each call the input is behind the token.
  void start_object();
  void end_object() { end_container(); }
  void start_array();
  void end_array() { end_container(); }
  void key(std::string_view name);
  void scalar(const Scalar& value);

  // A value that this slot takes from outside the record, or why it cannot: after begin(), before the events.
  void outer_scalar(std::size_t slot, const Scalar& value) { take_slot(slot, value); }
  void outer_fault(std::size_t slot, ReasonKind kind) { fail_slot(slot, {kind, {}}, m_begin); }
  // The record cannot be read to its end: this is its only fault, in place of those found so far.
  void refuse(Reason reason, std::size_t offset) { m_refusal = RecordFault{"", std::move(reason), offset}; }
  // Call after the last event: finds missing values and fills cells(). Empty if the record is a row. The first fault is
  // the first one in the document; missing members follow.
  std::span<const RecordFault> finish(const FileCells& file_cells);
  std::span<const RowBatch::Cell> cells() const { return m_cells; }
  // Whether a column reads at least one member: distinguishes a record from an object that only lacks an envelope.
  bool has_read_member() const;

 private:
  struct Frame {
    const Node* node = nullptr;  // nullptr: no column reads from this container
    bool array = false;
    std::uint64_t stamp = 0;     // distinguishes this object from the last one at the same node
    std::uint64_t elements = 0;  // of an array, so far
  };
  struct Gathered {
    bool present = false;
    bool null = false;       // of a scalar
    bool has_nulls = false;  // of an array's elements
    std::uint64_t count = 0;
    Bytes bytes;                       // of an array: begins with space for its head
    Bytes beyond;                      // see RowBatch::Cell
    std::optional<RecordFault> fault;  // the first one; counts only if this alternative fills the column

    std::size_t begin_element();
    void add_null_element();
  };
  // A value stored as canonical JSON; it ends with the container at `depth`.
  struct Capture {
    std::size_t slot = 0;  // or k_rest
    std::size_t begin = 0;
    std::size_t depth = 0;
  };

  const Node* enter_value();
  void take(const Node& node, const Scalar& value);
  void take_slot(std::size_t slot, const Scalar& value);
  void take_value(std::size_t slot, const Column& column, const Scalar& value);
  void fail_slot(std::size_t slot, Reason reason, std::size_t offset);
  void fail_rest(Reason reason, std::size_t offset);
  void fail_record(Reason reason, std::size_t offset);
  void check_captured(const Scalar& value);
  void start_container(bool array);
  void end_container();
  void end_element(const Frame& array);
  void begin_captures(const Node* node, bool rest);
  void end_captures();
  void keep_source(std::size_t slot, std::string_view source);
  void assemble(const Group& group);
  void assemble_rest(std::size_t column);
  void sort_faults();
  static void fill_cell(RowBatch::Cell& cell, ColumnType type, Gathered& gathered);
  static void finish_array(Type type, Gathered& gathered);
  std::size_t value_offset() const;
  const Column& column_of(std::size_t slot) const { return *m_plan.slots()[slot].column; }

  const Plan& m_plan;
  Input& m_input;
  UnreadMembers& m_unread;
  std::vector<Frame> m_frames;
  std::vector<Gathered> m_gathered;   // by slot
  std::vector<std::uint64_t> m_seen;  // by node: the stamp of the object in which it was last seen
  std::uint64_t m_stamp = 0;
  const Node* m_next = nullptr;  // node of the value after a key
  std::string m_rest_key;        // the key before it, if it belongs to the rest
  std::size_t m_after_rest_key = 0;
  bool m_next_is_rest = false;
  Bytes m_rest_text;                            // of m_rest_members
  std::vector<CanonicalMember> m_rest_members;  // in the order of the record
  Bytes m_rest;                                 // the cell: jsonb's version byte, then the object
  CanonicalJson m_canonical;
  std::vector<Capture> m_captures;  // open ones, the innermost last
  std::size_t m_begin = 0;
  std::size_t m_after_key = 0;
  std::optional<RecordFault> m_refusal;
  std::optional<RecordFault> m_record_fault;  // of the record as a whole
  std::optional<RecordFault> m_rest_fault;
  std::vector<RecordFault> m_faults;
  std::vector<RowBatch::Cell> m_cells;
  Reason m_reason;
};

}  // namespace longshore::decode
