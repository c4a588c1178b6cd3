// Counts the records of one document and passes each on: a row to the sink's window, a reject to the sink.
// Throws Error{bad_file} if the feed allows no more rejects, or if every record was rejected and
// none of them is behind the horizon.
// Feed, limits, cells, checks, counter, input and sink must outlive it.
#pragma once

#include "decode/decode.hpp"
#include "decode/file_cells.hpp"
#include "decode/future_check.hpp"
#include "decode/horizon_check.hpp"
#include "decode/input.hpp"
#include "decode/record.hpp"
#include "decode/unread_members.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace longshore::decode {

class RecordOutput {
 public:
  RecordOutput(const Feed& feed, const Limits& limits, const FileCells& file_cells, const FutureCheck& future_check,
               const HorizonCheck& horizon_check, UnreadMembers& unread, const Input& input, Sink& sink,
               std::uint32_t file, Decoded& decoded)
      : m_feed(feed), m_limits(limits), m_file_cells(file_cells), m_future_check(future_check),
        m_horizon_check(horizon_check), m_unread(unread), m_input(input), m_sink(sink), m_file(file),
        m_decoded(decoded) {}

  // A JSON record has ended: it becomes a row or a reject. The input must still contain the bytes from `begin` on.
  void finish(RecordBuilder& record, std::size_t begin, std::size_t end);
  // For add_row(): the cells of columns that are not in the record.
  const FileCells& file_cells() const { return m_file_cells; }
  // The record's bytes are `begin` to `end`; a value that is too far in the future, or
  // behind the horizon, makes it a reject.
  void add_row(std::span<const RowBatch::Cell> cells, std::size_t begin, std::size_t end);
  // One rejected record, with at least one fault. `raw` is the record's text, or its beginning.
  void reject(std::span<const RecordFault> faults, std::size_t begin, std::string_view raw);
  void reject(const RecordFault& fault, std::size_t begin, std::string_view raw) { reject({&fault, 1}, begin, raw); }
  // The document ends in its last record, which may be a reject for that reason: call it before that record is passed
  // on. Errors that follow have the code k_ends_early.
  void note_early_end() { m_decoded.ends_early = true; }
  // The document has ended.
  void conclude();

 private:
  void keep_first(const RecordFault& fault, std::size_t begin);
  void store_faults(std::span<const RecordFault> faults, std::size_t begin, std::string_view raw);
  Position place_of(const RecordFault& fault, std::size_t begin) const;
  Error refused(const std::string& text) const;

  const Feed& m_feed;
  const Limits& m_limits;
  const FileCells& m_file_cells;
  const FutureCheck& m_future_check;
  const HorizonCheck& m_horizon_check;
  UnreadMembers& m_unread;
  const Input& m_input;
  Sink& m_sink;
  const std::uint32_t m_file;
  Decoded& m_decoded;
  std::string m_first_reject;
  Position m_first_reject_at;
};

}  // namespace longshore::decode
