#include "decode/records.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace longshore::decode {

void Records::finish(RecordBuilder& record, std::size_t begin, std::size_t end) {
  if (const RecordFault* fault = record.finish())
    return reject(*fault, begin, m_input.slice(begin, std::min(end, begin + m_limits.raw_bytes)));
  ++m_decoded.records;
  add_row(record);
}

void Records::add_row(const RecordBuilder& record) {
  m_sink.window().add(record.cells(), m_file);
  if (m_feed.time_column) {
    const auto time = get_int<std::int64_t>(record.cells()[*m_feed.time_column].bytes.data());
    m_decoded.first_time = std::min(m_decoded.first_time.value_or(time), time);
    m_decoded.last_time = std::max(m_decoded.last_time.value_or(time), time);
  }
  m_sink.row_added();
}

void Records::reject(const RecordFault& fault, std::size_t begin, std::string_view raw) {
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
void Records::store_reject(const RecordFault& fault, const Position& position, std::size_t begin,
                           std::string_view raw) {
  const std::string reason = fault.reason.full();
  if (m_decoded.rejects == 1) {
    m_first_reject = (fault.field.empty() ? "" : fault.field + " ") + reason;
    m_first_reject_at = position;
  }
  if (m_decoded.rejects <= m_limits.stored_rejects)
    m_sink.reject(
        {m_decoded.records, begin, fault.field,
         reason + " (line " + std::to_string(position.line) + ", column " + std::to_string(position.column) + ")",
         escape_clipped(raw, m_limits.raw_bytes)});
}

void Records::conclude() {
  m_decoded.bytes = m_input.Tell();
  if (m_decoded.records > 0 && m_decoded.rejects == m_decoded.records)
    throw Error(Fault::bad_file,
                "every record was rejected (" + std::to_string(m_decoded.rejects) + "), the first: " + m_first_reject)
        .at(m_first_reject_at);
}

}  // namespace longshore::decode
