// A loader carries jobs through: load, commit, archive; and after a fault does what settle() says. One thread, one session.
#pragma once

#include "ingest/context.hpp"
#include "ingest/job.hpp"
#include "ingest/large_file.hpp"
#include "ingest/retry_policy.hpp"
#include "ingest/small_files.hpp"
#include "spool/archive/archive.hpp"

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace longshore::ingest {

// What is left of a job, to be tried again after a pause.
struct Later {
  Job job;
  std::chrono::milliseconds pause{0};
  std::string outage;  // what every file needs and does not find now; "": it is about this job
};

class Loader {
 public:
  explicit Loader(Context& context);

  // Throws only what must end the process: Error{fatal}.
  std::vector<Later> run(Job job);
  // From any thread: the database's part of what is under way fails at once. For a stop that cannot wait.
  void interrupt();

 private:
  void attempt(Job& job);
  void note_unrouted(Job& job);
  void recover(const Error& error, Job job, std::vector<Later>& later);
  bool others_get_through(const Error& error, Job& job) const;
  static unsigned& counter_of(const Error& error, const Surroundings& around, Job& job);
  bool database_answers();
  store::Session& session();
  void set_session(std::unique_ptr<store::Session> session);

  Context& m_context;
  spool::Archive m_archive;
  SmallFiles m_small;
  LargeFile m_large;
  std::mutex m_session_mutex;  // for interrupt(): only this thread uses the session, but it may be replaced
  std::unique_ptr<store::Session> m_session;
  std::vector<Job> m_todo;  // of the job under way: its parts after a split, its files that turned out to be large
};

}  // namespace longshore::ingest
