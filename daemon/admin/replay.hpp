// Replay: loads archived copies again with the current declaration of their feed, and replaces the rows of these files.
// A file is replayed together with all files that share rows with it (see store/replay.hpp), in one transaction.
// Readers see the old rows until the commit; a process that dies changes nothing. A daemon may run: its loaders and a
// replay wait for each other.
//
// One transaction: lock the tables, delete the old rows, load the copies again under their file_ids, update the latest
// table.
// Many files need several transactions; after an interruption, run it again.
//
// Grown files: a process went on writing after the file was loaded. Their copies are loaded as they are now, and the
// ledger gets the new size and hash in the same transaction. If another file has that content by then, the grown file
// becomes a duplicate of it: its rows go to that file, which shares them.
//
// A feed without a history: a row that a newer one replaced is in no table. So all files of the feed are replayed, in
// one transaction, whichever were selected.
//
// Records behind the horizon of the feed (`keep`) are rejects, as in a load: a replay never brings their rows back.
// Latest rows behind it stay.
//
// Limit: if A shares rows with B, and B with C, all three are replayed in one transaction. Such a chain can have any
// length.
#pragma once

#include "admin/file_copy.hpp"
#include "config/config.hpp"
#include "feed/feed.hpp"
#include "ingest/row_stream.hpp"
#include "spool/archive/archive.hpp"
#include "spool/archive/growth.hpp"
#include "store/declarations.hpp"
#include "store/replay.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

namespace longshore::admin {

// The files of one transaction.
struct ReplayBatch {
  const Feed* feed = nullptr;
  std::vector<std::int64_t> file_ids;
};

// A file that cannot be replayed, or that shares rows with such a file.
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

enum class Copies {
  as_loaded,  // a copy must have the size and the hash of the ledger
  as_grown,   // or begin with the bytes that were loaded; a duplicate that grew is loaded, too
};

class Replay {
 public:
  // All must outlive it. No other object may use the session while it exists. `given`: a file or a directory as for
  // find_given(); what it has of a file is preferred to the archived copy.
  Replay(const config::Config& config, const Registry& registry, store::Session& session,
         Copies copies = Copies::as_loaded, std::string given = "");

  // Returns the batches that run() would replay: these files and all that share rows with them. Leaves out files
  // without a copy in the archive, and files that hold rows of such a file: deleted rows of it could not be loaded
  // again.
  ReplayPlan plan(std::span<const std::int64_t> file_ids);

  // Replays them. Throws Error{fatal, Exit::bad_data} for a file that cannot be replayed; earlier batches stay
  // committed. With `keep_going` leaves such files out, as plan() does, and returns them. Throws what store and spool
  // throw, after a rollback.
  std::vector<LeftOut> run(std::span<const std::int64_t> file_ids, bool keep_going);

  const ReplayTotals& totals() const { return m_totals; }

 private:
  struct Known {
    const Feed* feed = nullptr;
    std::uint64_t bytes = 0;
  };
  using KnownFiles = std::map<std::int64_t, Known>;
  // Of one file of a transaction.
  struct Growth {
    std::optional<spool::Growth> content;
    std::optional<std::int64_t> holder;  // the file that has this content
  };

  KnownFiles closure(std::span<const std::int64_t> file_ids, std::vector<LeftOut>* unfit);
  void check_copy(const store::KnownFile& file, std::vector<LeftOut>& unfit) const;
  void leave_out_holders(KnownFiles& known, std::vector<LeftOut>& left_out);
  void leave_out_feeds(KnownFiles& known, std::vector<LeftOut>& left_out);
  std::vector<ReplayBatch> batches_of(const KnownFiles& known);
  const Feed& feed_of(const store::KnownFile& file) const;
  bool may_replay(const store::KnownFile& file) const;
  FileCopy open_copy(store::KnownFile file) const;
  FileCopy open_any_copy(store::KnownFile& file) const;
  std::vector<Growth> take_growth(std::vector<store::KnownFile>& files);

  void replay(const ReplayBatch& batch);
  store::InForce begin(const Feed& feed);
  void try_replay(const ReplayBatch& batch);
  store::LedgerRow load(const store::KnownFile& file, std::int64_t horizon, ingest::RowStream& stream,
                        std::uint32_t number) const;
  void record(const store::KnownFile& file, const Growth& growth, const store::LedgerRow& row);

  const config::Config& m_config;
  const Registry& m_registry;
  store::Session& m_session;
  Copies m_copies;
  std::string m_given;
  spool::Archive m_archive;
  std::map<std::int64_t, LeftOut> m_unfit;  // files that could not be loaded by this run
  std::unordered_set<std::int64_t> m_done;  // replayed by this run
  ReplayTotals m_totals;
};

}  // namespace longshore::admin
