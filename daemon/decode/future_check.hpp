// Rejects records whose times are too far in the future: the option max_future of a column. A time is measured against
// the claim of the file, which the ledger keeps, so that a replay decides the same.
#pragma once

#include "decode/record.hpp"
#include "feed/feed.hpp"
#include "feed/row_batch.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace longshore::decode {

class FutureCheck {
 public:
  // The feed must outlive it. `claimed_at` is k_any_future if there is nothing to measure against.
  FutureCheck(const Feed& feed, std::int64_t claimed_at)
      : m_feed(feed), m_claimed_at(claimed_at), m_is_on(!feed.future_columns.empty() && claimed_at != k_any_future) {}

  bool is_on() const { return m_is_on; }
  // The first column whose value is too far ahead. `offset` is that of the record.
  std::optional<RecordFault> fault_of(std::span<const RowBatch::Cell> row, std::size_t offset) const;

 private:
  const Feed& m_feed;
  std::int64_t m_claimed_at;
  bool m_is_on;
};

}  // namespace longshore::decode
