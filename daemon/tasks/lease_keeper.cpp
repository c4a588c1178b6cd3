#include "tasks/lease_keeper.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "store/task_runs.hpp"

#include <utility>

namespace longshore::tasks {
namespace {

constexpr std::chrono::milliseconds k_tick{100};
constexpr auto k_renew = store::k_task_lease / 3;
// So long before another process may take the lease, the work is ended: a program has five seconds after SIGTERM.
constexpr std::chrono::seconds k_margin{10};

}  // namespace

LeaseKeeper::LeaseKeeper(const store::Target& target, std::string task, std::int64_t run_id,
                         std::chrono::milliseconds timeout, Renewal renewal, const std::atomic<bool>& cancel,
                         std::function<void()> interrupt)
    : m_target(target), m_task(std::move(task)), m_run_id(run_id), m_timeout(timeout), m_renewal(renewal),
      m_cancel(cancel), m_interrupt(std::move(interrupt)), m_deadline(Clock::now() + timeout),
      m_thread([this] { work(); }) {}

LeaseKeeper::~LeaseKeeper() {
  {
    const std::lock_guard lock{m_mutex};
    m_is_stopping = true;
  }
  m_changed.notify_all();
  m_thread.join();
}

void LeaseKeeper::restart_clock() {
  const std::lock_guard lock{m_mutex};
  m_deadline = Clock::now() + m_timeout;
}

std::string LeaseKeeper::reason() {
  const std::lock_guard lock{m_mutex};
  return m_reason;
}

void LeaseKeeper::work() {
  auto next_renewal = Clock::now() + k_renew;
  m_last_renewal = Clock::now();
  std::unique_lock lock{m_mutex};
  while (!m_changed.wait_for(lock, k_tick, [this] { return m_is_stopping; })) {
    if (m_reason.empty()) {
      m_is_cancelled = m_cancel.load();
      m_reason = reason_to_end();
    }
    if (!m_reason.empty())
      m_interrupt();
    if (m_renewal == Renewal::none || Clock::now() < next_renewal)
      continue;
    lock.unlock();
    renew();
    lock.lock();
    next_renewal = Clock::now() + k_renew;
  }
}

// With the lock. "" if the work may go on.
std::string LeaseKeeper::reason_to_end() const {
  if (m_is_cancelled)
    return "longshore was stopped";
  const bool has_run_out =
      m_renewal == Renewal::by_thread && Clock::now() >= m_last_renewal + store::k_task_lease - k_margin;
  if (has_run_out)
    return "its lease could not be renewed, because the database did not answer";
  if (m_has_lost_lease)
    return "its lease is gone: another process runs the task, or it was declared again";
  if (Clock::now() >= m_deadline)
    return "it took longer than its timeout of " + short_duration(static_cast<std::uint64_t>(m_timeout.count()));
  return {};
}

// One renewal that fails is no reason to end the work: the next one comes before the lease runs out.
void LeaseKeeper::renew() {
  try {
    if (!m_session)
      m_session = store::open(m_target, store::Access::read_write, "longshore/lease " + m_task);
    const auto asked = Clock::now();
    const bool has_lease = store::renew_lease(*m_session, m_task, m_run_id);
    const std::lock_guard lock{m_mutex};
    m_last_renewal = asked;
    m_has_lost_lease = !has_lease;
  } catch (const std::exception& exception) {
    m_session.reset();
    log::debug("task {}: its lease was not renewed: {}", m_task, exception.what());
  }
}

}  // namespace longshore::tasks
