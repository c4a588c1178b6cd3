#include "ingest/start.hpp"

#include "base/log.hpp"
#include "ingest/settle.hpp"
#include "store/migrate.hpp"

#include <algorithm>

#include <poll.h>

namespace longshore::ingest {
namespace {

std::unique_ptr<store::Session> open_and_migrate(const config::Config& config, const Registry& registry,
                                                 const store::Target& target) {
  auto session = store::open(target, store::Access::exclusive, "longshore/start");
  if (config.migrate == "check") {
    store::verify(*session, registry);
    return session;
  }
  for (const std::string& change : store::migrate(*session, registry))
    log::info("migrated: {}", change);
  return session;
}

// False: a signal came.
bool pause(std::chrono::milliseconds time, Signals& signals) {
  pollfd fd{signals.fd(), POLLIN, 0};
  return ::poll(&fd, 1, static_cast<int>(time.count())) <= 0;
}

}  // namespace

std::unique_ptr<store::Session> start_store(const config::Config& config, const Registry& registry,
                                            const store::Target& target, Signals& signals) {
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
          return nullptr;
        }
        time = std::min(time, left);
      }
      if (Clock::now() >= next_word) {
        log::warn("no database yet: {}; waiting for it", error.what());
        next_word = Clock::now() + k_reminder;
      }
      if (!pause(time, signals))
        return nullptr;
    }
  }
}

}  // namespace longshore::ingest
