// One large file, streamed: decoded and sent in windows inside one transaction. Its ledger row is written before, as
// `loading`, so that people see it while it runs.
#pragma once

#include "ingest/context.hpp"
#include "ingest/job.hpp"
#include "spool/archive/archive.hpp"

namespace longshore::ingest {

class LargeFile {
 public:
  LargeFile(Context& context, spool::Archive& archive) : m_context(context), m_archive(archive) {}

  // Commits the outcome of the job's one file. Throws Error; the caller rolls back. A stop that does not wait is a transient one.
  void load(Job& job, store::Session& session);

 private:
  bool announce(Job& job, File& file, store::Ledger& ledger);
  bool was_loaded_before(File& file, const Fd& fd, store::Ledger& ledger);
  void stream(Job& job, File& file, const Fd& fd, store::Session& session);
  void conclude(Job& job, File& file, store::Session& session);

  Context& m_context;
  spool::Archive& m_archive;
};

}  // namespace longshore::ingest
