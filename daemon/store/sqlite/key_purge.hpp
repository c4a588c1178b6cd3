// The purge of a table on SQLite: see store/row_purge.hpp. Only a step that finds rows takes the write lock.
#pragma once

#include "store/row_purge.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace longshore::store::sqlite {

class KeyPurge final : public RowPurge {
 public:
  KeyPurge(Session& session, const Feed& feed, std::int64_t horizon);
  PurgeStep next() override;

 private:
  std::vector<Value> end_of_step() const;
  bool delete_until(const std::vector<Value>& end);

  Session& m_session;
  const Feed& m_feed;
  const std::string m_table;  // quoted, as the names of columns
  const std::string m_time_column;
  const std::string m_key;  // the columns of the primary key
  const std::int64_t m_horizon;
  std::vector<Value> m_last;  // the key of the last row that was read; empty: none yet
  bool m_is_done = false;
};

}  // namespace longshore::store::sqlite
