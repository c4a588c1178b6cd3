// longshore run: the words around the daemon.
#include "ingest/run.hpp"

#include "base/log.hpp"
#include "cli/commands.hpp"
#include "feed/feed.hpp"
#include "metrics/monitoring.hpp"
#include "notify/notices.hpp"
#include "observe/systemd.hpp"

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
    throw usage_error("--wait goes with --once",
                      "without --once the daemon waits for its database as long as it takes");
  observe::Systemd systemd;
  notify::Notices notices;
  observe::Observers observers;
  observers.add(systemd);
  try {
    notices.settings_changed(config);  // first, so that it can tell of whatever ends the start
    const Registry feeds = Registry::load(config.feeds);
    // before the rest, so that it answers while the database is waited for
    metrics::Monitoring monitoring{config, observers};
    observers.add(notices);
    return ingest::run({config, feeds}, observers, [&] {
      const config::Loaded again = arguments.settings_again();
      for (const std::string& warning : again.warnings)
        log::warn("{}", warning);
      return ingest::Setup{again.config, Registry::load(again.config.feeds)};
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
      .summary = "the daemon: loads what is dropped into the landing directory",
      .about =
          "Watches the landing directory and loads each file that belongs to a feed: its rows, its rejected records and\n"
          "its row in the ledger are one transaction; then the file is moved to processed/ or failed/. A content is\n"
          "loaded once, whatever its name. A file that is still being written is left alone: rename it into the landing\n"
          "directory, or just write and close it. While the database is away, files wait.\n\n"
          "TERM or INT ends it after the loads under way; a second one gives those up, and the next start does them\n"
          "again. HUP reads settings and feeds again: wrong ones are refused and the old ones stay; new ones hold when the\n"
          "loads under way have ended, but for the directories, the database and the instance. With --once it drains the\n"
          "landing directory and exits.\n\n"
          "Under systemd (Type=notify) it says when it is ready and what it does, and feeds the watchdog while it gets on.\n"
          "At metrics_listen it answers /metrics, /healthz and /readyz by HTTP; that, and metrics_textfile, are off unless set.",
      .flags = {},
      .settings = all_settings(),
      .example = "longshore run --landing ./landing --database sqlite:./longshore.db\n"
                 "longshore run --once --strict --landing ./landing --database postgresql://longshore@db/fleet",
      .exits =
          "0   stopped when asked; with --once: every routed file ended loaded, partial or duplicate\n"
          "65  with --once: at least one file failed (with --strict: or was loaded in part)\n"
          "69  the database does not answer\n"
          "70  a fault of longshore itself\n"
          "75  something was left: a file too young, a database away for too long, another daemon on the SQLite file\n"
          "77  a right is missing on a directory or on the SQLite file\n"
          "78  bad settings, a wrong feed, tables that differ, or an address for metrics that cannot be had",
      .run = run_daemon,
  };
  return command;
}

}  // namespace longshore::cli
