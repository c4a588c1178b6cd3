// The purge of a table on PostgreSQL: see store/row_purge.hpp.
#pragma once

#include "store/row_purge.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace longshore::store::postgres {

class BlockPurge final : public RowPurge {
 public:
  BlockPurge(Session& session, const Feed& feed, std::int64_t horizon);
  PurgeStep next() override;

 private:
  void find_partitions();
  PurgeStep drop(const std::string& partition);
  void find_blocks();
  PurgeStep delete_from_blocks();

  Session& m_session;
  const Feed& m_feed;
  const std::string m_table;  // quoted, as m_time_column
  const std::string m_time_column;
  const std::int64_t m_horizon;
  std::optional<std::vector<std::string>> m_partitions;  // to be dropped; the last one first
  std::optional<std::int64_t> m_blocks;                  // of the largest partition, or of the table
  std::int64_t m_block = 0;                              // the next one
  std::int64_t m_step = 0;
};

}  // namespace longshore::store::postgres
