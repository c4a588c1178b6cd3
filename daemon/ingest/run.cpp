#include "ingest/run.hpp"

#include "base/log.hpp"
#include "base/signals.hpp"
#include "config/program_environment.hpp"
#include "config/target.hpp"
#include "housekeeping/housekeeper.hpp"
#include "housekeeping/steps.hpp"
#include "ingest/daemon.hpp"
#include "ingest/open_store.hpp"
#include "spool/beneath.hpp"
#include "spool/work/crash_counter.hpp"
#include "tasks/runner.hpp"

#include <chrono>
#include <exception>
#include <optional>
#include <utility>

namespace longshore::ingest {

namespace {

// A timer may start runs that last a second. Housekeeping comes after the loads; what is left is for the next run.
constexpr std::chrono::seconds k_housekeeping_of_a_run{60};

// The counts since the last minute. They are lost if the database is unavailable. The session of the start was idle for
// the whole run: its connection may be closed.
void write_rest(Context& context) {
  if (context.drift.is_empty() || context.outage || context.stop == Stop::now)
    return;
  try {
    const auto session = store::open(context.target, store::Access::read_write, "longshore/end");
    context.drift.write(*session, context.observer);
  } catch (const std::exception& exception) {
    log::warn("members that no column reads were not written: {}", exception.what());
  }
}

tasks::RunSettings run_settings_of(const config::Config& config) {
  return {config::task_target_of(config), config.instance, config.keep_task_runs, config::program_environment(config)};
}

// Returns false if one failed.
bool run_tasks(const Setup& setup, const tasks::RunSettings& settings, observe::Observer& observer, Signals& signals) {
  try {
    return tasks::run_due_tasks(setup.tasks, setup.registry, settings, observer, signals).empty();
  } catch (const std::exception& exception) {
    log::error("tasks were not run: {}", exception.what());
    return false;
  }
}

}  // namespace

Exit run(Setup setup, observe::Observer& observer, const std::function<Setup()>& read_setup) {
  Signals signals;  // before the first thread
  const config::Config& config = setup.config;
  for (const std::string& warning : setup.registry.shadowed())
    log::warn("{}", warning);
  observer.settings_changed(config);
  observer.feeds_changed(setup.registry);
  const spool::Directories directories{config.landing, config.work, config.processed, config.failed};
  spool::prepare(directories);
  if (config.recursive)
    spool::require_openat2();
  const auto target = config::target_of(config);
  auto session = open_store(setup, target, signals, observer);
  if (!session)
    return config.once ? Exit::left_over : Exit::ok;
  spool::Workspace workspace{directories, config.instance};
  spool::OpenWriters writers{config.once};
  GrowthChecks growth;
  spool::count_crashes();
  log::info("longshore {} watches {} and loads into {}", workspace.instance(), config.landing, target.redacted());
  log::info("loaded files go to {}, failed files to {}", config.processed, config.failed);
  Daemon::Handover handover;
  for (;;) {
    Context context{config, setup.registry, directories, workspace, writers, growth, target, observer};
    std::optional<Setup> next;
    {
      Daemon daemon{context, signals, read_setup, std::move(handover)};
      const tasks::RunSettings run_settings = run_settings_of(config);
      std::optional<housekeeping::Housekeeper> housekeeper;
      std::optional<tasks::Runner> runner;
      const auto keep_house = [&] {
        housekeeper.emplace(housekeeping::steps_of(config, setup.registry, directories), config, target, observer);
      };
      if (!config.once) {
        keep_house();
        runner.emplace(setup.tasks, setup.registry, run_settings, observer);
      }
      auto exit = daemon.run();
      write_rest(context);
      if (config.once && context.stop == Stop::no && !context.outage) {
        if (!run_tasks(setup, run_settings, observer, signals) && exit == Exit::ok)
          exit = Exit::bad_data;
        keep_house();
        housekeeper->wait_for_round(k_housekeeping_of_a_run, signals);
      }
      if (exit)
        return *exit;
      next = daemon.take_next_setup();
      handover = daemon.hand_over();
    }
    apply_reload(std::move(*next), setup, session, target);
    observer.settings_changed(config);
    observer.feeds_changed(setup.registry);
    observer.reload_finished();
  }
}

observe::Observer& no_observer() {
  static observe::Observer observer;
  return observer;
}

}  // namespace longshore::ingest
