#include "decode/horizon_check.hpp"

#include "base/time.hpp"

namespace longshore::decode {

std::optional<RecordFault> HorizonCheck::fault_of(std::span<const RowBatch::Cell> row, std::size_t offset) const {
  const std::size_t by = m_feed.keep->column;
  const auto value = get_int<std::int64_t>(row[by].bytes.data());
  if (value >= m_horizon)
    return {};
  return RecordFault{m_feed.columns[by].name,
                     {reason::k_expired, ": " + format_time(value) + ", the horizon is " + format_time(m_horizon)},
                     offset};
}

}  // namespace longshore::decode
