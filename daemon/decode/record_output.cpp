#include "decode/record_output.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <utility>

namespace longshore::decode {

void RecordOutput::finish(RecordBuilder& record, std::size_t begin, std::size_t end) {
  if (const auto faults = record.finish(m_file_cells); !faults.empty())
    return reject(faults, begin, m_input.slice(begin, std::min(end, begin + m_limits.raw_bytes)));
  add_row(record.cells(), begin, end);
}

void RecordOutput::add_row(std::span<const RowBatch::Cell> cells, std::size_t begin, std::size_t end) {
  if (m_future_check.is_on())
    if (const auto fault = m_future_check.fault_of(cells, begin)) {
      ++m_decoded.ahead;
      return reject(*fault, begin, m_input.slice(begin, std::min(end, begin + m_limits.raw_bytes)));
    }
  if (m_horizon_check.is_on())
    if (const auto fault = m_horizon_check.fault_of(cells, begin)) {
      ++m_decoded.expired;
      return reject(*fault, begin, m_input.slice(begin, std::min(end, begin + m_limits.raw_bytes)));
    }
  ++m_decoded.records;
  m_decoded.last_row_at = begin;
  m_sink.window().add(cells, m_file);
  m_unread.end_record();
  if (m_feed.time_column) {
    const auto time = get_int<std::int64_t>(cells[*m_feed.time_column].bytes.data());
    m_decoded.first_time = std::min(m_decoded.first_time.value_or(time), time);
    m_decoded.last_time = std::max(m_decoded.last_time.value_or(time), time);
  }
  m_sink.row_added();
}

void RecordOutput::reject(std::span<const RecordFault> faults, std::size_t begin, std::string_view raw) {
  ++m_decoded.records;
  ++m_decoded.rejects;
  if (m_decoded.rejects == 1)
    keep_first(faults[0], begin);
  if (m_decoded.rejects <= m_limits.stored_rejects)
    store_faults(faults, begin, raw);
  if (m_feed.max_rejects && m_decoded.rejects - m_decoded.expired > *m_feed.max_rejects)
    throw refused("more records were rejected than max_rejects allows (" + std::to_string(*m_feed.max_rejects) + ")");
}

// For conclude(), which reports it even if no rejects are stored.
void RecordOutput::keep_first(const RecordFault& fault, std::size_t begin) {
  m_first_reject = (fault.field.empty() ? "" : fault.field + " ") + fault.reason.full();
  m_first_reject_at = place_of(fault, begin);
}

void RecordOutput::store_faults(std::span<const RecordFault> faults, std::size_t begin, std::string_view raw) {
  std::string text = escape_clipped(raw, m_limits.raw_bytes);
  for (const RecordFault& fault : faults) {
    const Position place = place_of(fault, begin);
    m_sink.reject({m_decoded.records, begin, fault.field, fault.reason.kind, fault.reason.value(), place.line,
                   place.column, std::exchange(text, {})});
  }
}

Position RecordOutput::place_of(const RecordFault& fault, std::size_t begin) const {
  return m_input.position(std::max(fault.offset, begin));
}

void RecordOutput::conclude() {
  m_decoded.bytes = m_input.Tell();
  m_decoded.is_whole = true;
  if (m_decoded.records > 0 && m_decoded.rejects == m_decoded.records && m_decoded.expired == 0)
    throw refused("every record was rejected (" + std::to_string(m_decoded.rejects) + ")");
}

Error RecordOutput::refused(const std::string& text) const {
  return Error(Fault::bad_file, text + ", the first: " + m_first_reject)
      .at(m_first_reject_at)
      .with_code(m_decoded.ends_early ? k_ends_early : "");
}

}  // namespace longshore::decode
