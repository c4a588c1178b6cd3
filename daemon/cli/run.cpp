// longshore run: starts the daemon, with its observers.
#include "ingest/run.hpp"

#include "base/log.hpp"
#include "cli/commands.hpp"
#include "config/feeds.hpp"
#include "feed/feed.hpp"
#include "metrics/monitoring.hpp"
#include "notify/notices.hpp"
#include "observe/systemd.hpp"
#include "tasks/task_list.hpp"

namespace longshore::cli {
namespace {

std::vector<std::string_view> all_settings() {
  std::vector<std::string_view> keys;
  for (const config::Setting& setting : config::settings())
    keys.push_back(setting.key);
  return keys;
}

Exit run_daemon(const Arguments& arguments) {
  const config::Config config = arguments.settings().config;
  if (!config.once && config.wait.count() > 0)
    throw usage_error("--wait needs --once", "without --once the daemon waits for its database without a limit");
  observe::Systemd systemd;
  notify::Notices notices;
  observe::Observers observers;
  observers.add(systemd);
  try {
    notices.settings_changed(config);  // first, so that a notice can be sent if the start fails
    const Registry feeds = config::load_feeds(config);
    // before ingest::run(), so that it answers while the daemon waits for the database
    metrics::Monitoring monitoring{config, observers};
    observers.add(notices);
    return ingest::run({config, feeds, tasks::load_tasks(config, feeds)}, observers, [&] {
      const config::Loaded again = arguments.settings_again();
      for (const std::string& warning : again.warnings)
        log::warn("{}", warning);
      Registry registry = config::load_feeds(again.config);
      std::vector<tasks::Task> declared = tasks::load_tasks(again.config, registry);
      return ingest::Setup{again.config, std::move(registry), std::move(declared)};
    });
  } catch (const std::exception& error) {
    notices.daemon_failed(error.what());
    throw;
  }
}

}  // namespace

const Command& run_command() {
  static const Command command{
      .name = "run",
      .arguments = "",
      .summary = "run the daemon: load files from the landing directory",
      .about =
          "Watches the landing directory and loads each file that belongs to a feed. Its rows, its rejected records and its row\n"
          "in the ledger are committed in one transaction. Then the file is moved to processed/ or failed/. The same content\n"
          "is loaded only once, even under another name. A file that is still being written is not touched: write it under\n"
          "another name and rename it, or write it in place and close it. During a database outage, files wait.\n\n"
          "Signals: after TERM or INT the daemon finishes the running loads and exits. A second signal interrupts the loads;\n"
          "the next start loads these files again. HUP reloads settings and feeds. If they are not valid, the old ones stay\n"
          "active. Changes apply after the running loads finish; directories, database and instance need a restart. With\n"
          "--once the daemon loads the files in the landing directory and exits.\n\n"
          "Under systemd (Type=notify) it reports when it is ready and what it does, and pings the watchdog while no file is\n"
          "stuck. At metrics_listen it answers /metrics, /healthz and /readyz by HTTP. metrics_listen and metrics_textfile\n"
          "are off by default.",
      .flags = {},
      .settings = all_settings(),
      .example = "longshore run --landing ./landing --database sqlite:./longshore.db\n"
                 "longshore run --once --strict --landing ./landing --database postgresql://longshore@db/fleet",
      .exits =
          "0   stopped by a signal; with --once: every file of a feed is loaded, partial or duplicate\n"
          "65  with --once: at least one file failed (with --strict: or was partly loaded)\n"
          "69  the database does not answer\n"
          "70  an internal error of longshore\n"
          "75  with --once: a file is too new, a feed is paused, a file is parked, or database or clock were not right in time; or SQLite is in use\n"
          "77  no permission on a directory or on the SQLite file\n"
          "78  wrong settings or feeds, tables that do not match, or a metrics address that cannot be used",
      .run = run_daemon,
  };
  return command;
}

}  // namespace longshore::cli
