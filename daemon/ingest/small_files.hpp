// Loads a batch of small files in one transaction. All files are decoded first, so that only good rows are sent.
// On PostgreSQL a batch of one file takes a shorter path.
// Throws Error; the caller rolls back.
#pragma once

#include "base/fd.hpp"
#include "decode/decode.hpp"
#include "ingest/context.hpp"
#include "ingest/job.hpp"
#include "spool/archive/archive.hpp"
#include "store/changes.hpp"

#include <map>
#include <string>
#include <vector>

namespace longshore::ingest {

class SmallFiles {
 public:
  SmallFiles(Context& context, spool::Archive& archive) : m_context(context), m_archive(archive) {}

  // Commits the outcome of every file that stays in the job. Files in the states outgrown (compressed ones that are too
  // large for a batch, for example), ahead and open leave the job and are returned.
  std::vector<File> load(Job& job, store::Session& session);

 private:
  void read(Job& job, store::Session& session);
  void read_one(const Job& job, File& file, std::string& content, store::Session& session);
  void find_known(Job& job, store::Session& session);
  void decode(Job& job);
  void decode_one(const Job& job, File& file, std::uint32_t number);

  bool commit_lone(Job& job, store::Session& session);
  void commit(Job& job, store::Session& session);
  void insert_ledger_rows(Job& job, store::Ledger& ledger);
  void resolve_conflict(File& file, store::Ledger& ledger);
  void finish_announced(File& file, store::Ledger& ledger);
  void load_windows(Job& job, const store::TaskFeeds& task_feeds, store::Session& session);
  void finish_row(File& file, const Job& job);

  RowBatch& window(const Feed& feed);
  decode::Decoder& decoder(const Feed& feed);

  Context& m_context;
  spool::Archive& m_archive;
  std::vector<std::string> m_contents;        // by file of the job
  std::map<const Feed*, RowBatch> m_windows;  // in the order of the registry, in which tables are locked
  std::map<const Feed*, decode::Decoder> m_decoders;
};

}  // namespace longshore::ingest
