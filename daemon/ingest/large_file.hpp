// Loads one large file: decodes it and sends its rows in windows, inside one transaction.
// Its ledger row is committed before that with the status `loading`, so that users see the file while it is loaded.
// Throws Error; the caller rolls back. A stop that cannot wait is a transient error.
#pragma once

#include "ingest/context.hpp"
#include "ingest/job.hpp"
#include "spool/archive/archive.hpp"
#include "store/changes.hpp"

#include <vector>

namespace longshore::ingest {

class LargeFile {
 public:
  LargeFile(Context& context, spool::Archive& archive) : m_context(context), m_archive(archive) {}

  // Commits the outcome of the job's only file. In the state `open` it leaves the job and is returned.
  std::vector<File> load(Job& job, store::Session& session);

 private:
  void announce(Job& job, store::Session& session);
  bool has_writer(const Job& job, File& file, store::Session& session);
  Fd examine(Job& job, store::Session& session);
  bool is_known(File& file, const Fd& fd, store::Session& session);
  bool stream(Job& job, const Fd& fd, store::Session& session);
  void send_rows(Job& job, const Fd& fd, store::Session& session);
  store::TaskFeeds begin(Job& job, store::LoadOrder order, store::Session& session);
  void commit(Job& job, const store::TaskFeeds& task_feeds, store::Session& session);

  Context& m_context;
  spool::Archive& m_archive;
};

}  // namespace longshore::ingest
