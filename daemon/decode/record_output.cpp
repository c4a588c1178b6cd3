#include "decode/record_output.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace longshore::decode {

void RecordOutput::finish(RecordBuilder& record, std::size_t begin, std::size_t end) {
  if (const RecordFault* fault = record.finish(m_file_cells))
    return reject(*fault, begin, m_input.slice(begin, std::min(end, begin + m_limits.raw_bytes)));
  add_row(record.cells());
}

void RecordOutput::add_row(std::span<const RowBatch::Cell> cells) {
  ++m_decoded.records;
  m_sink.window().add(cells, m_file);
  if (m_feed.time_column) {
    const auto time = get_int<std::int64_t>(cells[*m_feed.time_column].bytes.data());
    m_decoded.first_time = std::min(m_decoded.first_time.value_or(time), time);
    m_decoded.last_time = std::max(m_decoded.last_time.value_or(time), time);
  }
  m_sink.row_added();
}

void RecordOutput::reject(const RecordFault& fault, std::size_t begin, std::string_view raw) {
  ++m_decoded.records;
  ++m_decoded.rejects;
  if (m_decoded.rejects == 1 || m_decoded.rejects <= m_limits.stored_rejects)
    store_reject(fault, m_input.position(std::max(fault.offset, begin)), begin, raw);
  if (m_feed.max_rejects && m_decoded.rejects > *m_feed.max_rejects)
    throw Error(Fault::bad_file, "more records were rejected than max_rejects allows (" +
                                     std::to_string(*m_feed.max_rejects) + "), the first: " + m_first_reject)
        .at(m_first_reject_at);
}

// The first reject is kept even if none are stored: conclude() reports it.
void RecordOutput::store_reject(const RecordFault& fault, const Position& position, std::size_t begin,
                                std::string_view raw) {
  const std::string reason = fault.reason.full();
  if (m_decoded.rejects == 1) {
    m_first_reject = (fault.field.empty() ? "" : fault.field + " ") + reason;
    m_first_reject_at = position;
  }
  if (m_decoded.rejects <= m_limits.stored_rejects)
    m_sink.reject(
        {m_decoded.records, begin, std::string{fault.reason.kind.code}, fault.field,
         reason + " (line " + std::to_string(position.line) + ", column " + std::to_string(position.column) + ")",
         escape_clipped(raw, m_limits.raw_bytes)});
}

void RecordOutput::conclude() {
  m_decoded.bytes = m_input.Tell();
  if (m_decoded.records > 0 && m_decoded.rejects == m_decoded.records)
    throw Error(Fault::bad_file,
                "every record was rejected (" + std::to_string(m_decoded.rejects) + "), the first: " + m_first_reject)
        .at(m_first_reject_at);
}

}  // namespace longshore::decode
