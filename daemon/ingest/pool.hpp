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
  std::vector<Later> later;
  std::optional<Error> fatal;
};

// All methods are the main thread's.
class Pool {
 public:
  Pool(Context& context, unsigned loaders);
  // Waits for the jobs under way.
  ~Pool();

  // Only while idle() > 0: a job never waits in the queue, its files are better off in the landing directory.
  void start(Job job);
  unsigned idle() const { return static_cast<unsigned>(m_loaders.size()) - m_busy; }
  unsigned busy_with(Job::Kind kind) const { return m_busy_with[static_cast<std::size_t>(kind)]; }
  // Readable when there is something to collect.
  int wake_fd() const { return m_wake.get(); }
  std::vector<Finished> collect();
  // What is under way ends as soon as it can, undone.
  void interrupt();

 private:
  void work(Loader& loader);
  void give_back(Finished finished);

  std::deque<Loader> m_loaders;
  unsigned m_busy = 0;
  std::array<unsigned, 3> m_busy_with{};
  Fd m_wake;

  std::mutex m_mutex;
  std::condition_variable m_has_work;
  std::deque<Job> m_jobs;
  std::vector<Finished> m_finished;
  bool m_closed = false;
  std::vector<std::jthread> m_threads;
};

}  // namespace longshore::ingest
