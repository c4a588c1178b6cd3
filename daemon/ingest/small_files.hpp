// Many small files, one transaction. They are decoded first, so that only good rows reach the database.
#pragma once

#include "base/fd.hpp"
#include "decode/decode.hpp"
#include "ingest/context.hpp"
#include "ingest/job.hpp"
#include "spool/archive/archive.hpp"

#include <map>
#include <string>
#include <vector>

namespace longshore::ingest {

class SmallFiles {
 public:
  SmallFiles(Context& context, spool::Archive& archive) : m_context(context), m_archive(archive) {}

  // Reads, decodes and commits the files of the job; then every file that is left in it has its outcome in the ledger. Files
  // that turned out to be large (compressed ones) are taken out of it and returned. Throws Error; the caller rolls back.
  std::vector<File> load(Job& job, store::Session& session);

 private:
  void read(Job& job);
  Fd open_claimed(const spool::Claim& claim, File& file, struct stat& st);
  void find_known(Job& job, store::Ledger& ledger);
  void decode(Job& job);
  void decode_one(Job& job, std::size_t number);
  bool commit_alone(Job& job, store::Session& session);
  void commit(Job& job, store::Session& session);
  void load_windows(Job& job, store::Session& session);
  void record(Job& job, store::Ledger& ledger);
  void record_refused(Job& job, File& file, store::Ledger& ledger);
  RowBatch& window(const Feed& feed);
  decode::Decoder& decoder(const Feed& feed);

  Context& m_context;
  spool::Archive& m_archive;
  std::vector<std::string> m_contents;        // by file of the job
  std::map<const Feed*, RowBatch> m_windows;  // in the order of the registry: every transaction touches tables alike
  std::map<const Feed*, decode::Decoder> m_decoders;
  std::vector<bool> m_outgrown;
};

}  // namespace longshore::ingest
