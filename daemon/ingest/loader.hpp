// A loader carries jobs through: load, commit, archive; and after a fault does what settle() says. One thread, one session.
#pragma once

#include "ingest/context.hpp"
#include "ingest/job.hpp"
#include "ingest/large_file.hpp"
#include "ingest/settle.hpp"
#include "ingest/small_files.hpp"
#include "spool/archive.hpp"

#include <chrono>
#include <memory>
#include <vector>

namespace longshore::ingest {

// What is left of a job, to be tried again after a pause.
struct Later {
  Job job;
  std::chrono::milliseconds pause{0};
  bool database_away = false;
};

class Loader {
 public:
  explicit Loader(Context& context);

  // Throws only what must end the process: Error{fatal}.
  std::vector<Later> run(Job job);

 private:
  void attempt(Job& job);
  void note_unrouted(Job& job);
  void recover(const Error& error, Job job, std::vector<Later>& later);
  bool database_answers();
  store::Session& session();

  Context& m_context;
  spool::Archive m_archive;
  SmallFiles m_small;
  LargeFile m_large;
  std::unique_ptr<store::Session> m_session;
  std::vector<Job> m_todo;  // of the job under way: its parts after a split, its files that turned out to be large
};

}  // namespace longshore::ingest
