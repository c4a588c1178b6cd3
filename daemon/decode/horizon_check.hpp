// Rejects records that are behind the horizon of a feed with `keep`. Their rows are gone, and the table is the memory of
// duplicates: else a record that comes again would be a row again.
#pragma once

#include "decode/record.hpp"
#include "feed/feed.hpp"
#include "feed/row_batch.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace longshore::decode {

class HorizonCheck {
 public:
  // The feed must outlive it. `horizon` is k_no_horizon if the feed has none.
  HorizonCheck(const Feed& feed, std::int64_t horizon)
      : m_feed(feed), m_horizon(horizon), m_is_on(feed.keep && horizon != k_no_horizon) {}

  bool is_on() const { return m_is_on; }
  // Call it only if it is on. `offset` is that of the record.
  std::optional<RecordFault> fault_of(std::span<const RowBatch::Cell> row, std::size_t offset) const;

 private:
  const Feed& m_feed;
  std::int64_t m_horizon;
  bool m_is_on;
};

}  // namespace longshore::decode
