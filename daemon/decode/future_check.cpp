#include "decode/future_check.hpp"

#include "base/time.hpp"

namespace longshore::decode {
namespace {

// A date is its midnight in UTC.
std::int64_t micros_of(Type type, std::string_view cell) {
  return type == Type::date ? get_int<std::int32_t>(cell.data()) * k_micros_a_day : get_int<std::int64_t>(cell.data());
}

}  // namespace

std::optional<RecordFault> FutureCheck::fault_of(std::span<const RowBatch::Cell> row, std::size_t offset) const {
  for (const std::size_t i : m_feed.future_columns) {
    const Column& column = m_feed.columns[i];
    if (row[i].null)
      continue;
    // a difference, because a sum may overflow
    const std::int64_t value = micros_of(column.type.type, row[i].bytes);
    if (value - m_claimed_at <= *column.max_future)
      continue;
    return RecordFault{
        column.name,
        {reason::k_future, ": " + format_time(value) + ", the file was claimed at " + format_time(m_claimed_at)},
        offset};
  }
  return {};
}

}  // namespace longshore::decode
