#include "ingest/loader_pool.hpp"

#include "base/crash_hook.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <utility>

#include <sys/eventfd.h>
#include <unistd.h>

namespace longshore::ingest {

LoaderPool::LoaderPool(Context& context, unsigned loaders)
    : m_shared(loaders), m_wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!m_wake)
    throw system_error(errno, "eventfd");
  const bool has_one_writer = context.target.engine == store::Engine::sqlite;
  for (unsigned i = 0; i < loaders + (has_one_writer ? 0 : 1); ++i)
    m_workers.emplace_back(context);
  for (Worker& worker : m_workers)
    m_threads.emplace_back([this, &worker] { work(worker); });
}

LoaderPool::~LoaderPool() {
  {
    const std::lock_guard lock{m_mutex};
    m_closed = true;
  }
  for (Worker& worker : m_workers)
    worker.has_work.notify_one();
}

bool LoaderPool::takes(Job::Kind kind) const {
  if (m_busy < m_shared)
    return true;
  return kind != Job::Kind::large && m_busy_with_large == m_shared && m_busy < m_workers.size();
}

unsigned LoaderPool::busy_with_moves() const {
  return static_cast<unsigned>(std::ranges::count(m_workers, true, &Worker::has_moves));
}

void LoaderPool::start(Job job) {
  Worker& worker = idle_worker();
  worker.has_large = job.kind == Job::Kind::large;
  worker.has_moves = !job.move_error.empty();
  m_busy_with_large += worker.has_large ? 1 : 0;
  give(worker, std::move(job));
}

void LoaderPool::start(UnroutedFiles unrouted) { give(idle_worker(), std::move(unrouted)); }

void LoaderPool::start(const BackgroundWork& work) { give(idle_worker(), &work); }

LoaderPool::Worker& LoaderPool::idle_worker() { return *std::ranges::find(m_workers, false, &Worker::is_busy); }

void LoaderPool::give(Worker& worker, Work work) {
  worker.is_busy = true;
  ++m_busy;
  {
    const std::lock_guard lock{m_mutex};
    worker.work = std::move(work);
  }
  worker.has_work.notify_one();
}

std::vector<Finished> LoaderPool::collect() {
  std::uint64_t signals = 0;
  (void)!::read(m_wake.get(), &signals, sizeof signals);
  std::vector<Finished> all;
  const std::lock_guard lock{m_mutex};
  for (Worker& worker : m_workers) {
    if (!worker.finished)
      continue;
    all.push_back(std::move(*worker.finished));
    worker.finished.reset();
    --m_busy;
    m_busy_with_large -= worker.has_large ? 1 : 0;
    worker.is_busy = worker.has_large = worker.has_moves = false;
  }
  return all;
}

void LoaderPool::interrupt() {
  for (Worker& worker : m_workers)
    worker.loader.interrupt();
}

void LoaderPool::work(Worker& worker) {
  const CrashStack stack;
  for (;;) {
    std::unique_lock lock{m_mutex};
    worker.has_work.wait(lock, [&] { return m_closed || worker.work; });
    if (!worker.work)
      return;
    Work work = std::move(*worker.work);
    worker.work.reset();
    lock.unlock();
    put_result(worker, run(worker.loader, std::move(work)));
  }
}

Finished LoaderPool::run(Loader& loader, Work work) {
  Finished finished;
  try {
    if (auto* const job = std::get_if<Job>(&work)) {
      finished.probe_of = job->probe_of;
      finished.follow_ups = loader.run(std::move(*job));
      finished.loaded = loader.take_loaded();
    } else if (auto* const unrouted = std::get_if<UnroutedFiles>(&work))
      finished.unrouted = loader.record(std::move(*unrouted));
    else {
      finished.background = std::get<const BackgroundWork*>(work);
      finished.is_undone = !loader.run(*finished.background);
    }
  } catch (const Error& error) {
    finished.fatal = error;
  } catch (const std::exception& exception) {
    finished.fatal = Error{Fault::fatal, std::string{"unexpected: "} + exception.what()};
  }
  return finished;
}

void LoaderPool::put_result(Worker& worker, Finished finished) {
  {
    const std::lock_guard lock{m_mutex};
    worker.finished = std::move(finished);
  }
  const std::uint64_t one = 1;
  (void)!::write(m_wake.get(), &one, sizeof one);
}

}  // namespace longshore::ingest
