#include "ingest/open_store.hpp"

#include "base/listen_address.hpp"
#include "base/log.hpp"
#include "housekeeping/steps.hpp"
#include "ingest/clock_doubt.hpp"
#include "ingest/outage.hpp"
#include "ingest/retry_policy.hpp"
#include "store/migrate.hpp"
#include "store/preflight.hpp"

#include <algorithm>
#include <chrono>
#include <string>

#include <poll.h>

namespace longshore::ingest {
namespace {

using Clock = std::chrono::steady_clock;

void migrate(store::Session& session, const config::Config& config, const Registry& registry) {
  const bool checks_only = config.migrate == "check";
  store::preflight(session, registry, checks_only ? store::Creator::another_role : store::Creator::this_role,
                   housekeeping::tables_to_delete_from(config));
  if (checks_only)
    return store::check_schema(session, registry);
  const std::string who = "instance " + config.instance + " on " + host_name();
  for (const std::string& change : store::migrate(session, registry, embedded_migrations(), who))
    log::info("migrated: {}", change);
}

std::unique_ptr<store::Session> open_and_migrate(const config::Config& config, const Registry& registry,
                                                 const store::Target& target) {
  auto session = store::open(target, store::Access::exclusive, "longshore/start");
  migrate(*session, config, registry);
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

std::unique_ptr<store::Session> open_store(const config::Config& config, const Registry& registry,
                                           const store::Target& target, Signals& signals, observe::Observer& observer) {
  const auto deadline = Clock::now() + config.wait;
  Clock::time_point next_reminder{};
  for (unsigned tries = 1;; ++tries) {
    try {
      auto session = open_and_migrate(config, registry, target);
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

void change_tables(std::unique_ptr<store::Session>& session, const config::Config& config, const Registry& registry,
                   const store::Target& target) {
  if (target.engine == store::Engine::sqlite)  // the session has the lock
    return migrate(*session, config, registry);
  session = open_and_migrate(config, registry, target);
}

}  // namespace longshore::ingest
