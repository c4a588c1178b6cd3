#include "housekeeping/housekeeper.hpp"

#include "base/crash_hook.hpp"
#include "base/log.hpp"
#include "base/time.hpp"
#include "housekeeping/file_faults.hpp"
#include "housekeeping/steps.hpp"
#include "store/clock.hpp"

#include <algorithm>
#include <cerrno>
#include <exception>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>

namespace longshore::housekeeping {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds k_longest_rest{1000};
constexpr milliseconds k_after_lock_lost{1000};

// Only of the session: a full disk under the archive concerns one step.
bool is_outage(const Error& error) {
  return !is_of_system(error) && (error.fault() == Fault::disconnected || error.fault() == Fault::unavailable);
}

// Round::now(). Host and server often have the same clock, so the ledger must confirm it. Files that were begun by a
// clock that is ahead do not confirm it for a day. A ledger without an older file knows no file or row that is older
// than a day.
std::int64_t confirmed_now(store::Session& session) {
  const std::int64_t now = std::min(store::server_time(session), now_micros());
  const auto newest = store::newest_begin_before(session, now - k_micros_a_day);
  return newest ? std::min(now, *newest + 2 * k_micros_a_day) : now;
}

// Held by the process that does a round. Two rounds at once would do no harm, but all work twice.
// Returns no descriptor if another process has it.
Fd lock_archive(const std::string& processed) {
  const std::string path = processed + "/.housekeeping.lock";
  Fd file{::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0640)};
  if (!file)
    throw system_error(errno, "open " + path);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0)
    return file;
  if (errno != EWOULDBLOCK)
    throw system_error(errno, "lock " + path);
  return {};
}

}  // namespace

class Housekeeper::OneRound : public Round {
 public:
  OneRound(Housekeeper& keeper, std::int64_t now) : m_keeper(keeper), m_now(now) {}

  store::Session& session() override { return *m_keeper.m_session; }
  std::int64_t now() const override { return m_now; }
  observe::Observer& observer() override { return m_keeper.m_observer; }
  Work& work() override { return m_keeper.m_record->work(); }
  void rest() override {
    const auto took = std::chrono::duration_cast<milliseconds>(Clock::now() - m_chunk_began);
    if (!m_keeper.pause(std::min(took, k_longest_rest)))
      throw Stopping{};
    m_chunk_began = Clock::now();
  }

 private:
  Housekeeper& m_keeper;
  std::int64_t m_now;
  Clock::time_point m_chunk_began = Clock::now();
};

Housekeeper::Housekeeper(Steps steps, const config::Config& config, const store::Target& target,
                         observe::Observer& observer)
    : m_steps(std::move(steps)), m_config(config), m_target(target), m_observer(observer),
      m_interval(interval_of(config)) {
  if (!m_steps.empty())
    m_thread = std::thread{[this] { work(); }};
}

Housekeeper::~Housekeeper() {
  {
    const std::lock_guard lock{m_mutex};
    m_is_stopping = true;
    if (m_session)
      m_session->interrupt();
  }
  m_changed.notify_all();
  if (m_thread.joinable())
    m_thread.join();
}

void Housekeeper::wait_for_round(milliseconds longest, Signals& signals) {
  const auto until = Clock::now() + longest;
  std::unique_lock lock{m_mutex};
  while (!m_steps.empty() && m_rounds == 0 && Clock::now() < until && signals.ends() == 0)
    m_changed.wait_for(lock, milliseconds{100});
}

void Housekeeper::work() {
  const CrashStack stack;
  unsigned outages = 0;  // in a row
  for (;;) {
    auto next = m_interval;
    try {
      run_round();
      outages = 0;
    } catch (const Stopping&) {
      return record_unfinished();
    } catch (const Error& error) {
      log::debug("housekeeping waits: {}", error.what());
      next = error.fault() == Fault::contention
                 ? k_after_lock_lost
                 : std::min(m_config.retry_last, m_config.retry_first * (1L << std::min(outages++, 20U)));
    } catch (const std::exception& exception) {
      note_fault(exception.what());
    }
    set_session(nullptr);
    end_round();
    if (!pause(next))
      return;
  }
}

// Throws Error for an outage, and for a lost lock.
void Housekeeper::run_round() try {
  m_fault.clear();
  const Fd lock = lock_archive(m_config.processed);
  if (!lock) {
    log::debug("housekeeping: another process does it");
  } else {
    set_session(store::open(m_target, store::Access::read_write, "longshore/housekeeping"));
    OneRound round{*this, confirmed_now(*m_session)};
    for (const auto& step : m_steps) {
      run_step(*step, round);
      round.rest();
    }
  }
  note_fault(m_fault);
} catch (const Error& error) {
  end_if_interrupted();
  if (is_outage(error) || error.fault() == Fault::contention)
    throw;
  note_fault(error.what());
}

// Also one that failed, so that `run --once` does not wait for an outage to end.
void Housekeeper::end_round() {
  const std::lock_guard guard{m_mutex};
  ++m_rounds;
  m_changed.notify_all();
}

// A fault of one step leaves the others alone.
void Housekeeper::run_step(Step& step, Round& round) {
  m_record = &m_records.try_emplace(std::string{step.task()}, step.task(), m_config).first->second;
  m_record->begin();
  std::string fault = fault_of([&] { step.run(round); });
  const std::string unrecorded = fault_of([&] { m_record->write(*m_session, fault); });
  if (!unrecorded.empty())
    fault += (fault.empty() ? "" : "; ") + std::string{"its record: "} + unrecorded;
  if (!fault.empty())
    m_fault += (m_fault.empty() ? "" : "; ") + std::string{step.name()} + ": " + fault;
}

// Throws Stopping, and Error for an outage or a lost lock. What a step has changed by then is recorded in a later
// round.
std::string Housekeeper::fault_of(const std::function<void()>& work) {
  try {
    work();
    return {};
  } catch (const std::exception& exception) {
    m_session->rollback();
    end_if_interrupted();
    const auto* const error = dynamic_cast<const Error*>(&exception);
    if (error && (is_outage(*error) || error->fault() == Fault::contention))
      throw;
    return std::string{exception.what()} + (error && !error->hint().empty() ? "; hint: " + error->hint() : "");
  }
}

// The round's own session was interrupted.
void Housekeeper::record_unfinished() noexcept try {
  std::unique_ptr<store::Session> session;
  for (auto& [task, record] : m_records) {
    if (record.work().is_empty())
      continue;
    if (!session)
      session = store::open(m_target, store::Access::read_write, "longshore/housekeeping");
    record.write(*session, "");
  }
} catch (const std::exception& exception) {
  log::debug("housekeeping: its last work is not recorded: {}", exception.what());
}

void Housekeeper::note_fault(const std::string& fault) {
  if (!fault.empty() && fault != m_logged)
    log::warn("housekeeping: {}", fault);
  m_logged = fault;
  m_observer.housekeeping_round_finished(fault);
}

// An interrupted statement fails like one of a lost connection.
void Housekeeper::end_if_interrupted() {
  if (!pause({}))
    throw Stopping{};
}

// Returns false, at once, when the thread must end.
bool Housekeeper::pause(milliseconds time) {
  std::unique_lock lock{m_mutex};
  return !m_changed.wait_for(lock, time, [this] { return m_is_stopping; });
}

void Housekeeper::set_session(std::unique_ptr<store::Session> session) {
  const std::lock_guard lock{m_mutex};
  m_session.swap(session);
  if (m_session && m_is_stopping)
    m_session->interrupt();  // it was opened after the interruption
}

}  // namespace longshore::housekeeping
