// A loader runs one job at a time: it commits the outcomes, moves the files into the archive, and reports them.
// After a fault it does what the retry policy decides. It throws only what must end the process: Error{fatal}.
// Each loader belongs to one thread and owns one database session.
#pragma once

#include "ingest/background_work.hpp"
#include "ingest/context.hpp"
#include "ingest/job.hpp"
#include "ingest/large_file.hpp"
#include "ingest/retry_policy.hpp"
#include "ingest/small_files.hpp"
#include "spool/archive/archive.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace longshore::ingest {

class Loader {
 public:
  explicit Loader(Context& context);

  // Returns what must run later: the job again, its halves after a split, files that turned out to be large.
  std::vector<JobFollowUp> run(Job job);
  // Writes a ledger row for each file that has none, and logs it. Returns the files again if that failed.
  std::optional<UnroutedFollowUp> record(UnroutedFiles unrouted);
  // Returns false after an error, which is logged at level debug.
  bool run(const BackgroundWork& work);
  // The feeds of which run() has loaded a row since the last call, or has found it loaded. Empty unless
  // Context::has_parked.
  std::set<std::string> take_loaded() { return std::exchange(m_loaded, {}); }
  // From any thread: the running statement fails at once. For a stop that cannot wait.
  void interrupt();

 private:
  std::optional<Job> take_paused(Job& job) const;
  std::vector<File> commit(Job& job);
  std::vector<JobFollowUp> follow_ups_of(const Job& job, std::vector<File> leavers);
  void insert_rows(const UnroutedFiles& unrouted);
  void end_outage();

  std::vector<JobFollowUp> recover(const Error& error, Job job);
  UnroutedFollowUp recover(const Error& error, UnroutedFiles unrouted);
  void park(const Error& error, Job& job);
  bool is_aborted(const Error& error);
  Conditions conditions_after(const Error& error, Failures& failures);
  Delay delay(Action action, const Error& error, const Conditions& conditions, Failures& failures,
              const std::string& subject);

  bool database_answers();
  store::Session& session();
  void set_session(std::unique_ptr<store::Session> session);

  Context& m_context;
  spool::Archive m_archive;
  SmallFiles m_small;
  LargeFile m_large;
  std::set<std::string> m_loaded;
  std::mutex m_session_mutex;  // guards the pointer for interrupt(): only this thread uses the session
  std::unique_ptr<store::Session> m_session;
};

}  // namespace longshore::ingest
