// The loader threads. Each has one slot: the main thread puts work in, the loader puts the result in, nothing queues.
// start() is called only if takes() is true; files that find no idle loader stay in the landing directory.
// All methods are for the main thread. The slots are the only state that loaders share with it, besides the context.
#pragma once

#include "base/error.hpp"
#include "base/fd.hpp"
#include "ingest/background_work.hpp"
#include "ingest/context.hpp"
#include "ingest/job.hpp"
#include "ingest/loader.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <variant>
#include <vector>

namespace longshore::ingest {

// What must run later, and what must end the process.
struct Finished {
  std::vector<JobFollowUp> follow_ups;
  std::optional<UnroutedFollowUp> unrouted;
  std::optional<Error> fatal;
  std::string probe_of;          // as in the job
  std::set<std::string> loaded;  // feeds: see Loader::take_loaded()
  const BackgroundWork* background = nullptr;
  bool is_undone = false;  // the background work failed
};

class LoaderPool {
 public:
  // Creates `loaders` loaders. On PostgreSQL there is one more, for small files only: it is used while all the others
  // are busy with large ones.
  LoaderPool(Context& context, unsigned loaders);
  // Waits for the running jobs.
  ~LoaderPool();

  // Whether work of this kind can start now. If a large job can, all other work can: that counts as small.
  bool takes(Job::Kind kind) const;
  void start(Job job);
  void start(UnroutedFiles unrouted);
  void start(const BackgroundWork& work);

  unsigned busy() const { return m_busy; }
  // How many of the busy loaders retry a move into the archive.
  unsigned busy_with_moves() const;
  // Readable when collect() has something to return.
  int wake_fd() const { return m_wake.get(); }
  std::vector<Finished> collect();
  // Running statements fail at once, and are rolled back.
  void interrupt();

 private:
  using Work = std::variant<Job, UnroutedFiles, const BackgroundWork*>;

  struct Worker {
    explicit Worker(Context& context) : loader(context) {}

    Loader loader;
    // of the main thread
    bool is_busy = false;
    bool has_large = false;
    bool has_moves = false;
    std::condition_variable has_work;
    // guarded by m_mutex
    std::optional<Work> work;
    std::optional<Finished> finished;
  };

  Worker& idle_worker();
  void give(Worker& worker, Work work);
  void work(Worker& worker);
  static Finished run(Loader& loader, Work work);
  void put_result(Worker& worker, Finished finished);

  const unsigned m_shared;  // loaders that take jobs of any kind
  std::deque<Worker> m_workers;
  unsigned m_busy = 0;
  unsigned m_busy_with_large = 0;
  Fd m_wake;

  std::mutex m_mutex;
  bool m_closed = false;  // guarded by m_mutex
  std::vector<std::jthread> m_threads;
};

}  // namespace longshore::ingest
