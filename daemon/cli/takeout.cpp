// longshore skip and longshore release: an operator takes files out of their claims.
#include "admin/named_takeout.hpp"
#include "cli/commands.hpp"
#include "cli/database.hpp"
#include "cli/output.hpp"
#include "config/feeds.hpp"

namespace longshore::cli {
namespace {

Exit take_out(const Arguments& arguments, admin::TakeoutKind kind, const std::string& command) try {
  const bool dry_run = arguments.has("dry-run");
  const Format format = output_format(arguments.has("json"));
  const config::Config config = arguments.settings().config;
  const Registry registry = config::load_feeds(config);
  const auto session = dry_run ? open_for_reading(config) : open_for_writing(config, command);
  Report report{{{"file_name"}, {"claim"}, {"instance"}, {"result"}, {"detail"}}, format};
  admin::NamedTakeout takeout{*session,
                              registry,
                              {config.landing, config.work, config.processed, config.failed},
                              kind,
                              dry_run,
                              [&](const admin::NamedResult& file) {
                                report.add({file.file_name, file.claim, file.instance, file.result, file.detail});
                              }};
  return takeout.run(arguments.positional()) ? Exit::ok : Exit::left_over;
} catch (const Error& error) {
  throw as_exit(error);
}

Exit skip(const Arguments& arguments) { return take_out(arguments, admin::TakeoutKind::skip, "skip"); }
Exit release(const Arguments& arguments) { return take_out(arguments, admin::TakeoutKind::release, "release"); }

std::vector<Flag> flags() {
  return {{"dry-run", "", "change nothing; print what would be done"}, {"json", "", "print one JSON object per file"}};
}

constexpr const char* k_exits =
    "0   successful for every name, now or earlier\n"
    "64  wrong option\n"
    "69  the database does not answer; nothing was moved\n"
    "75  a file was not moved: it is finished or not claimed, it is being loaded, or landing has a file of the same name\n"
    "78  wrong settings, or the tables do not exist yet";

}  // namespace

const Command& skip_command() {
  static const Command command{
      .name = "skip",
      .arguments = "NAME|CLAIM...",
      .least_arguments = 1,
      .most_arguments = k_any_number,
      .summary = "move a claimed file that makes no progress to failed/",
      .about =
          "Moves claimed files to failed/: files that a daemon took from landing but cannot load, because they wait for a lock\n"
          "or are retried again and again. Give the name of a file, or a claim to select all files that were claimed together.\n"
          "longshore status --json prints the oldest file of each instance and its claim. The daemon may be running: it loads\n"
          "no rows of a skipped file.\n\n"
          "The status of the file in the ledger becomes failed, with the reason \"skipped by the operator\". If the daemon\n"
          "committed the file first, the file is finished and skip reports that. If the claim does not exist any more, skip\n"
          "sets its ledger rows with the status loading to failed. To load a skipped file again: longshore release or retry.",
      .flags = flags(),
      .settings = {"landing", "work", "processed", "failed", "database", "schema", "feeds", "disable_feeds"},
      .example = "longshore skip objects_detection_20261121.json\n"
                 "longshore skip 20261121T040512.123456Z-5f3a09c1 --dry-run",
      .exits = k_exits,
      .run = skip,
  };
  return command;
}

const Command& release_command() {
  static const Command command{
      .name = "release",
      .arguments = "NAME|CLAIM...",
      .least_arguments = 1,
      .most_arguments = k_any_number,
      .summary = "move a claimed or skipped file back to landing",
      .about =
          "Moves claimed files back to the landing directory: to change them, to load them elsewhere, or because their daemon\n"
          "will not start again. Give the name of a file, or a claim to select all files that were claimed together. longshore\n"
          "status --json prints the oldest file of each instance and its claim. A running daemon claims released files again\n"
          "as new arrivals: to prevent that, stop it first.\n\n"
          "The row of this arrival in the ledger becomes failed, as with skip. A finished file stays where it is. A file that\n"
          "was skipped returns from failed/. Files in the landing directory are never replaced.",
      .flags = flags(),
      .settings = {"landing", "work", "processed", "failed", "database", "schema", "feeds", "disable_feeds"},
      .example = "longshore release objects_detection_20261121.json",
      .exits = k_exits,
      .run = release,
  };
  return command;
}

}  // namespace longshore::cli
