// longshore status: prints the state of the directories and the ledger. It only reads, and needs no running daemon.
#include "base/time.hpp"
#include "cli/commands.hpp"
#include "cli/database.hpp"
#include "cli/output.hpp"
#include "cli/status_text.hpp"
#include "config/feeds.hpp"
#include "config/target.hpp"
#include "store/horizons.hpp"
#include "store/last_load.hpp"
#include "store/ledger_query.hpp"

#include <algorithm>
#include <utility>

namespace longshore::cli {
namespace {

std::vector<ExpectedFeed> read_expected(store::Session& session, const Registry& registry) {
  std::vector<ExpectedFeed> all;
  for (const Feed& feed : registry.feeds())
    if (feed.expect) {
      const store::LastLoad last = store::last_load(session, feed.name);
      const bool is_late = last.is_late(*feed.expect, now_micros());
      all.push_back({feed.name, feed.expect->text, last.loaded_at ? format_time(*last.loaded_at) : "",
                     is_late ? store::late_text(*feed.expect, last) : ""});
    }
  return all;
}

std::vector<KeepingFeed> read_keeping(store::Session& session, const Registry& registry) {
  std::vector<KeepingFeed> all;
  const bool is_any = std::ranges::any_of(registry.feeds(), [](const Feed& feed) { return feed.keep.has_value(); });
  const store::Horizons horizons = is_any ? store::read_horizons(session) : store::Horizons{};
  for (const Feed& feed : registry.feeds()) {
    if (!feed.keep)
      continue;
    KeepingFeed one{feed.name, feed.keep->text, feed.columns[feed.keep->column].name, "", ""};
    if (store::horizon_of(horizons, feed) != k_no_horizon) {
      const store::Horizon& horizon = horizons.at(feed.name);
      one.horizon = format_time(horizon.time);
      one.purged_to = horizon.purged_to ? format_time(*horizon.purged_to) : "";
    }
    all.push_back(std::move(one));
  }
  return all;
}

DatabaseStatus read_database(const config::Config& config, const Registry& registry) {
  DatabaseStatus status;
  status.name = config::target_of(config).redacted();
  try {
    const auto session = open_for_reading(config);
    status.totals = store::ledger_totals(*session);
    status.newest_success = store::newest_success(*session);
    status.expected = read_expected(*session, registry);
    status.keeping = read_keeping(*session, registry);
  } catch (const Error& error) {
    status.fault = error;
  }
  return status;
}

std::string text_of(const Status& status, Format format) {
  switch (format) {
  case Format::aligned:
    return status_for_people(status);
  case Format::tabs:
    return status_as_tabs(status);
  case Format::json:
    break;
  }
  return status_as_json(status);
}

Exit show_status(const Arguments& arguments) {
  const config::Config config = arguments.settings().config;
  Status status;
  const Registry registry = config::load_feeds(config);
  status.landing = admin::read_landing(config, registry);
  status.database = read_database(config, registry);
  status.oldest_waits = admin::why_the_oldest_waits(config, registry, status.landing, !status.database.fault);
  print(text_of(status, output_format(arguments.has("json"))));
  if (status.database.fault)
    throw *status.database.fault;
  return Exit::ok;
}

}  // namespace

const Command& status_command() {
  static const Command command{
      .name = "status",
      .arguments = "",
      .summary = "show waiting files, claimed files and totals",
      .about =
          "Prints the state of the directories and of the ledger:\n"
          "  landing   how many files wait; the oldest one, and why it waits; how many a process has open for writing; how many directories are unread\n"
          "  claimed   how many files each instance has claimed, since when, and whether the instance runs\n"
          "  parked    files that meet a missing partition, table, column or right, and why; paused feeds\n"
          "  database  whether it answers, when the last file was loaded, the number of files by feed and status\n"
          "  late      feeds that declare `expect`, and of which no file was loaded for longer\n"
          "  keep      feeds that declare `keep`, and the horizon before which their rows go\n\n"
          "Files that a process has open are looked for among the first 10 000 that wait. It only reads, and needs no running daemon. To take a file out of a claim, use longshore skip.",
      .flags = {{"json", "", "print one JSON object"}},
      .settings = {"landing", "work", "database", "schema", "feeds", "disable_feeds", "ignore", "recursive", "settle",
                   "grace", "open_grace"},
      .example = "longshore status\n"
                 "longshore status --json | jq .landing.waiting_files",
      .exits = "0   the database answers and has its tables\n"
               "69  the database does not answer; the rest is printed\n"
               "78  wrong settings, or the tables do not exist yet",
      .run = show_status,
  };
  return command;
}

}  // namespace longshore::cli
