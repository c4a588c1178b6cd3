#include "ingest/run.hpp"

#include "base/log.hpp"
#include "base/signals.hpp"
#include "config/setting.hpp"
#include "ingest/daemon.hpp"
#include "ingest/open_store.hpp"
#include "spool/work/crash_counter.hpp"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace longshore::ingest {
namespace {

// What the process has taken hold of at its start.
void keep_fixed(config::Config& next, const config::Config& held) {
  static constexpr std::array<std::string_view, 8> k_fixed = {
      "landing", "processed", "failed", "work", "database", "instance", "metrics_listen", "metrics_textfile"};
  if (next.database != held.database)
    next.loaders = held.loaders;  // their number was worked out for the other one
  for (const std::string_view key : k_fixed) {
    const config::Setting& setting = *config::find_setting(key);
    auto& member = next.*std::get<std::string config::Config::*>(setting.member);
    const auto& old = held.*std::get<std::string config::Config::*>(setting.member);
    if (member != old)
      log::warn("{} is read at the start only: restart longshore for its new value", key);
    member = old;
  }
}

// The tables that new feeds want are made while nothing is under way.
void take_over(Setup next, Setup& setup, std::unique_ptr<store::Session>& held, const store::Target& target) {
  keep_fixed(next.config, setup.config);
  try {
    change_tables(held, next.config, next.registry, target);
    setup = std::move(next);
    log::set_level(setup.config.log_level);
    log::info("the new settings and {} feeds hold", setup.registry.feeds().size());
  } catch (const Error& error) {
    log::error("the new settings are refused, and the old ones stay: {}", error.what());
  }
}

}  // namespace

Exit run(Setup setup, observe::Observer& observer, const std::function<Setup()>& read_again) {
  Signals signals;  // before the first thread
  const config::Config& config = setup.config;
  observer.settings_changed(config);
  observer.feeds_changed(setup.registry);
  const spool::Directories directories{config.landing, config.work, config.processed, config.failed};
  spool::prepare(directories);
  const auto target = store::Target::parse(config.database);
  auto held = start_store(config, setup.registry, target, signals, observer);
  if (!held)
    return config.once ? Exit::left_over : Exit::ok;
  spool::Workspace workspace{directories, config.instance};
  spool::count_crashes();
  log::info("longshore {} watches {} and loads into {}", workspace.instance(), config.landing, target.redacted());
  Daemon::Handover handover;
  for (;;) {
    Context context{config, setup.registry, directories, workspace, target, observer};
    std::optional<Setup> next;
    {
      Daemon daemon{context, signals, read_again, std::move(handover)};
      if (const auto exit = daemon.run())
        return *exit;
      next = daemon.next();
      handover = daemon.hand_over();
    }
    take_over(std::move(*next), setup, held, target);
    observer.settings_changed(config);
    observer.feeds_changed(setup.registry);
    observer.reloading(false);
  }
}

observe::Observer& nobody() {
  static observe::Observer nobody;
  return nobody;
}

}  // namespace longshore::ingest
