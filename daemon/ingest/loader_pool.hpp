// The loader threads and their queue: the only state they share with the main thread, besides the context's counters.
#pragma once

#include "base/error.hpp"
#include "base/fd.hpp"
#include "ingest/context.hpp"
#include "ingest/job.hpp"
#include "ingest/loader.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace longshore::ingest {

// What came back from a loader.
struct Finished {
  Job::Kind kind = Job::Kind::small;
  bool was_in_trouble = false;  // as Job::trouble has it
  std::vector<Later> later;
  std::optional<Error> fatal;
};

// All methods are the main thread's.
class LoaderPool {
 public:
  // So many loaders, and where there can be several one more: small files get it while all others are busy with large ones.
  LoaderPool(Context& context, unsigned loaders);
  // Waits for the jobs under way.
  ~LoaderPool();

  // Whether such a job can be started now; where a large one can, every other can.
  bool takes(Job::Kind kind) const;
  // Only what it takes(): a job never waits in the queue, its files are better off in the landing directory.
  void start(Job job);
  unsigned busy() const { return m_busy; }
  // Of these, jobs whose moves are tried again.
  unsigned busy_in_trouble() const { return m_busy_in_trouble; }
  // Readable when there is something to collect.
  int wake_fd() const { return m_wake.get(); }
  std::vector<Finished> collect();
  // What is under way ends as soon as it can, undone.
  void interrupt();

 private:
  void work(Loader& loader);
  void give_back(Finished finished);

  const unsigned m_shared;  // loaders that take jobs of any kind
  std::deque<Loader> m_loaders;
  unsigned m_busy = 0;
  unsigned m_busy_with_large = 0;
  unsigned m_busy_in_trouble = 0;
  Fd m_wake;

  std::mutex m_mutex;
  std::condition_variable m_has_work;
  std::deque<Job> m_jobs;
  std::vector<Finished> m_finished;
  bool m_closed = false;
  std::vector<std::jthread> m_threads;
};

}  // namespace longshore::ingest
