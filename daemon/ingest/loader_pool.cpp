#include "ingest/loader_pool.hpp"

#include "base/crash_hook.hpp"

#include <cerrno>
#include <cstdint>

#include <sys/eventfd.h>
#include <unistd.h>

namespace longshore::ingest {

LoaderPool::LoaderPool(Context& context, unsigned loaders)
    : m_shared(loaders), m_wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!m_wake)
    throw system_error(errno, "eventfd");
  const bool has_one_writer = context.target.engine == store::Engine::sqlite;
  for (unsigned i = 0; i < loaders + (has_one_writer ? 0 : 1); ++i)
    m_loaders.emplace_back(context);
  for (Loader& loader : m_loaders)
    m_threads.emplace_back([this, &loader] { work(loader); });
}

LoaderPool::~LoaderPool() {
  {
    const std::lock_guard lock{m_mutex};
    m_closed = true;
  }
  m_has_work.notify_all();
}

bool LoaderPool::takes(Job::Kind kind) const {
  if (m_busy < m_shared)
    return true;
  return kind != Job::Kind::large && m_busy_with_large == m_shared && m_busy < m_loaders.size();
}

void LoaderPool::start(Job job) {
  ++m_busy;
  m_busy_with_large += job.kind == Job::Kind::large ? 1 : 0;
  m_busy_in_trouble += job.trouble.empty() ? 0 : 1;
  {
    const std::lock_guard lock{m_mutex};
    m_jobs.push_back(std::move(job));
  }
  m_has_work.notify_one();
}

std::vector<Finished> LoaderPool::collect() {
  std::uint64_t signals = 0;
  (void)!::read(m_wake.get(), &signals, sizeof signals);
  std::vector<Finished> finished;
  {
    const std::lock_guard lock{m_mutex};
    finished.swap(m_finished);
  }
  for (const Finished& one : finished) {
    --m_busy;
    m_busy_with_large -= one.kind == Job::Kind::large ? 1 : 0;
    m_busy_in_trouble -= one.was_in_trouble ? 1 : 0;
  }
  return finished;
}

void LoaderPool::interrupt() {
  for (Loader& loader : m_loaders)
    loader.interrupt();
}

void LoaderPool::work(Loader& loader) {
  const CrashStack stack;
  for (;;) {
    std::unique_lock lock{m_mutex};
    m_has_work.wait(lock, [this] { return m_closed || !m_jobs.empty(); });
    if (m_jobs.empty())
      return;
    Job job = std::move(m_jobs.front());
    m_jobs.pop_front();
    lock.unlock();

    Finished finished;
    finished.kind = job.kind;
    finished.was_in_trouble = !job.trouble.empty();
    try {
      finished.later = loader.run(std::move(job));
    } catch (const Error& error) {
      finished.fatal = error;
    } catch (const std::exception& exception) {
      finished.fatal = Error{Fault::fatal, std::string{"unexpected: "} + exception.what()};
    }
    give_back(std::move(finished));
  }
}

void LoaderPool::give_back(Finished finished) {
  {
    const std::lock_guard lock{m_mutex};
    m_finished.push_back(std::move(finished));
  }
  const std::uint64_t one = 1;
  (void)!::write(m_wake.get(), &one, sizeof one);
}

}  // namespace longshore::ingest
