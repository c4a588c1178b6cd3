// Replay: the rows of loaded files are replaced by what their archived copies give under the feed as it is declared now.
//
// With a file go all that share rows with it (store/replay.hpp says which), in one transaction: the tables are held, the old rows
// taken out, the copies loaded anew under their old ids, the latest table mended. Readers see the old rows until the commit, and a
// process that dies leaves everything as it was. Beside it a daemon may run: its loaders wait, lose their lock, try again.
//
// Many files go in batches, a transaction each: a run that was broken off is just started again.
//
// Weak: files that overlap like a chain are one set however long it is, and so one transaction.
#pragma once

#include "config/config.hpp"
#include "feed/feed.hpp"
#include "ingest/row_stream.hpp"
#include "spool/archive/archive.hpp"
#include "store/replay.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

namespace longshore::admin {

// What is replayed in one transaction.
struct ReplayBatch {
  const Feed* feed = nullptr;
  std::vector<std::int64_t> file_ids;
};

// A file that cannot be replayed, or must not, since it shares rows with one that cannot.
struct LeftOut {
  std::int64_t file_id = 0;
  std::string file_name;
  std::string reason;
  std::string hint;
};

struct ReplayPlan {
  std::vector<ReplayBatch> batches;
  std::vector<LeftOut> left_out;
};

struct ReplayTotals {
  std::uint64_t files = 0;
  std::uint64_t rows = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t rejects = 0;
};

class Replay {
 public:
  // All must outlive it. The session is used by nobody else meanwhile.
  Replay(const config::Config& config, const Registry& registry, store::Session& session);

  // What a replay of these files means now: they and all that share rows with them, in batches. Files whose copy is not in the
  // archive are left out, and with them those that hold rows of theirs, because nothing could bring these rows back.
  ReplayPlan plan(std::span<const std::int64_t> file_ids);

  // Replays them. A file that cannot be replayed stops it: Error{fatal, Exit::bad_data} names it, and the batches before it
  // stand; with `keep_going` it is left out like above, and named in the result. What else store and spool throw passes; the
  // transaction under way is rolled back.
  std::vector<LeftOut> run(std::span<const std::int64_t> file_ids, bool keep_going);

  const ReplayTotals& totals() const { return m_totals; }

 private:
  struct Known {
    const Feed* feed = nullptr;
    std::uint64_t bytes = 0;
  };
  using KnownFiles = std::map<std::int64_t, Known>;

  KnownFiles closure(std::span<const std::int64_t> file_ids, std::vector<LeftOut>* unfit);
  void look_at_copy(const store::KnownFile& file, std::vector<LeftOut>& unfit) const;
  void leave_out_holders(KnownFiles& known, std::vector<LeftOut>& left_out);
  std::vector<ReplayBatch> batches_of(const KnownFiles& known);
  const Feed& feed_of(const store::KnownFile& file) const;
  Fd open_copy(const store::KnownFile& file) const;

  void replay(const ReplayBatch& batch);
  void try_replay(const ReplayBatch& batch);
  store::LedgerRow load(const store::KnownFile& file, ingest::RowStream& stream, std::uint32_t number) const;

  const config::Config& m_config;
  const Registry& m_registry;
  store::Session& m_session;
  spool::Archive m_archive;
  std::map<std::int64_t, LeftOut> m_unfit;  // found to be so while they were loaded
  std::unordered_set<std::int64_t> m_done;  // of this run
  ReplayTotals m_totals;
};

}  // namespace longshore::admin
