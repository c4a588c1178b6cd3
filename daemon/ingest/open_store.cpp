#include "ingest/open_store.hpp"

#include "base/listen_address.hpp"
#include "base/log.hpp"
#include "config/target.hpp"
#include "housekeeping/steps.hpp"
#include "ingest/clock_doubt.hpp"
#include "ingest/outage.hpp"
#include "ingest/retry_policy.hpp"
#include "store/migrate.hpp"
#include "store/preflight.hpp"
#include "tasks/declared.hpp"

#include <algorithm>
#include <chrono>
#include <string>

#include <poll.h>

namespace longshore::ingest {
namespace {

using Clock = std::chrono::steady_clock;

void migrate(store::Session& session, const Setup& setup) {
  const config::Config& config = setup.config;
  const Registry& registry = setup.registry;
  const bool checks_only = config.migrate == "check";
  store::preflight(session, registry, checks_only ? store::Creator::another_role : store::Creator::this_role,
                   housekeeping::tables_to_delete_from(config));
  if (checks_only) {
    store::check_schema(session, registry);
    return store::require_declared(session, tasks::declared_tasks(setup.tasks, registry));
  }
  const std::string who = "instance " + config.instance + " on " + host_name();
  for (const std::string& change : store::migrate(session, registry, embedded_migrations(), who))
    log::info("migrated: {}", change);
  const auto declared = tasks::declare(session, config::task_target_of(config), setup.tasks, registry, who);
  for (const std::string& change : declared.changes)
    log::info("declared: {}", change);
  for (const Error& fault : declared.faults)  // files do not wait for tasks
    log::error("{}; hint: {}; the task does not run", fault.what(), fault.hint());
  for (const std::string& task : store::idle_tasks(session))
    if (std::ranges::find(setup.tasks, task, &tasks::Task::name) == setup.tasks.end())
      log::warn("task {} was not run for a day, and its changes accumulate in the database; hint: put its declaration "
                "back, or: longshore task drop {}",
                task, task);
}

std::unique_ptr<store::Session> open_and_migrate(const Setup& setup, const store::Target& target) {
  auto session = store::open(target, store::Access::exclusive, "longshore/start");
  migrate(*session, setup);
  return session;
}

// A wrong clock is a fault of this host, not of the database.
void set_outage(observe::Situation& situation, const Error& error) {
  (error.code() == k_clock_is_wrong ? situation.clock_fault : situation.database_outage) = error.what();
}

std::string text_of(const Error& error) {
  return (error.code() == k_clock_is_wrong ? "" : "no database: ") + std::string{error.what()} +
         (error.hint().empty() ? "" : "; hint: " + error.hint());
}

// Returns false if a signal ended the wait.
bool wait(std::chrono::milliseconds time, Signals& signals, const Error& error, observe::Observer& observer) {
  observe::Situation situation;
  set_outage(situation, error);
  const auto until = Clock::now() + time;
  for (;;) {
    observer.tick(situation);
    auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
    if (left.count() <= 0)
      return true;
    if (const auto longest = observer.tick_interval(); longest.count() > 0)
      left = std::min(left, longest);
    pollfd fd{signals.fd(), POLLIN, 0};
    if (::poll(&fd, 1, static_cast<int>(left.count())) > 0 && signals.ends() > 0)
      return false;
  }
}

void report_end(const Error& error, observe::Observer& observer) {
  log::error("{}; nothing was claimed", text_of(error));
  observe::Situation situation;
  set_outage(situation, error);
  situation.is_stopping = true;
  observer.tick(situation);
}

}  // namespace

std::unique_ptr<store::Session> open_store(const Setup& setup, const store::Target& target, Signals& signals,
                                           observe::Observer& observer) {
  const config::Config& config = setup.config;
  const auto deadline = Clock::now() + config.wait;
  Clock::time_point next_reminder{};
  for (unsigned tries = 1;; ++tries) {
    try {
      auto session = open_and_migrate(setup, target);
      check_clock(*session);
      return session;
    } catch (const Error& error) {
      if (is_set_up_wrong(error))
        throw;
      auto pause = pause_before(tries, config.retry_first, config.retry_last);
      if (config.once) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
        if (left.count() <= 0) {
          report_end(error, observer);
          return nullptr;
        }
        pause = std::min(pause, left);
      }
      if (Clock::now() >= next_reminder) {
        log::warn("{}; waiting for it", text_of(error));
        next_reminder = Clock::now() + k_reminder;
      }
      if (!wait(pause, signals, error, observer))
        return nullptr;
    }
  }
}

void change_tables(std::unique_ptr<store::Session>& session, const Setup& setup, const store::Target& target) {
  if (target.engine == store::Engine::sqlite)  // the session has the lock
    return migrate(*session, setup);
  session = open_and_migrate(setup, target);
}

}  // namespace longshore::ingest
