// Rows of one feed on their way into its tables: each full window is sent, and only one is in memory.
#pragma once

#include "decode/decode.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <vector>

namespace longshore::ingest {

class RowStream : public decode::Sink {
 public:
  // In the open transaction of `session`. file_ids by RowBatch::Row::file; rejects are added to `rejects` as they come.
  RowStream(store::Session& session, const Feed& feed, std::vector<std::int64_t> file_ids, std::uint64_t window_bytes,
            std::vector<Reject>& rejects);

  RowBatch& window() override { return m_window; }
  void row_added() override;
  void reject(Reject reject) override { m_rejects.push_back(std::move(reject)); }

  // After the last row: nothing is left in memory or aside.
  store::LoadCounts finish();

 private:
  void send();

  store::Session& m_session;
  std::vector<std::int64_t> m_file_ids;
  std::uint64_t m_window_bytes;
  std::vector<Reject>& m_rejects;
  RowBatch m_window;
  store::LoadCounts m_counts;
};

}  // namespace longshore::ingest
