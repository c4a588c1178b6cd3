#include "ingest/open_store.hpp"

#include "base/log.hpp"
#include "ingest/retry_policy.hpp"
#include "store/migrate.hpp"

#include <algorithm>

#include <poll.h>

namespace longshore::ingest {
namespace {

void migrate(store::Session& session, const config::Config& config, const Registry& registry) {
  if (config.migrate == "check")
    return store::check_schema(session, registry);
  for (const std::string& change : store::migrate(session, registry))
    log::info("migrated: {}", change);
}

std::unique_ptr<store::Session> open_and_migrate(const config::Config& config, const Registry& registry,
                                                 const store::Target& target) {
  auto session = store::open(target, store::Access::exclusive, "longshore/start");
  migrate(*session, config, registry);
  return session;
}

// False: a signal asks for an end.
bool pause(std::chrono::milliseconds time, Signals& signals, const std::string& away, observe::Observer& observer) {
  using Clock = std::chrono::steady_clock;
  observe::Situation situation;
  situation.outage = away;
  const auto until = Clock::now() + time;
  for (;;) {
    observer.tick(situation);
    auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
    if (left.count() <= 0)
      return true;
    if (const auto longest = observer.longest_pause(); longest.count() > 0)
      left = std::min(left, longest);
    pollfd fd{signals.fd(), POLLIN, 0};
    if (::poll(&fd, 1, static_cast<int>(left.count())) > 0 && signals.ends() > 0)
      return false;
  }
}

}  // namespace

std::unique_ptr<store::Session> start_store(const config::Config& config, const Registry& registry,
                                            const store::Target& target, Signals& signals,
                                            observe::Observer& observer) {
  using Clock = std::chrono::steady_clock;
  const auto give_up = Clock::now() + config.wait;
  Clock::time_point next_word{};
  for (unsigned tries = 1;; ++tries) {
    try {
      return open_and_migrate(config, registry, target);
    } catch (const Error& error) {
      if (error.fault() == Fault::fatal)
        throw;
      auto time = pause_before(tries, config.retry_first, config.retry_last);
      if (config.once) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(give_up - Clock::now());
        if (left.count() <= 0) {
          log::error("no database: {}; nothing was claimed", error.what());
          observe::Situation situation;
          situation.outage = error.what();
          situation.is_stopping = true;
          observer.tick(situation);
          return nullptr;
        }
        time = std::min(time, left);
      }
      if (Clock::now() >= next_word) {
        log::warn("no database yet: {}; waiting for it", error.what());
        next_word = Clock::now() + k_reminder;
      }
      if (!pause(time, signals, error.what(), observer))
        return nullptr;
    }
  }
}

void change_tables(std::unique_ptr<store::Session>& session, const config::Config& config, const Registry& registry,
                   const store::Target& target) {
  if (target.engine == store::Engine::sqlite)  // it holds the lock
    return migrate(*session, config, registry);
  session = open_and_migrate(config, registry, target);
}

}  // namespace longshore::ingest
