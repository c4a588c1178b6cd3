// longshore skip and longshore release: an operator takes files out of their claims.
#include "admin/named_takeout.hpp"
#include "cli/commands.hpp"
#include "cli/database.hpp"
#include "cli/output.hpp"

namespace longshore::cli {
namespace {

Exit take_out(const Arguments& arguments, admin::TakeoutKind kind, const std::string& command) try {
  const bool dry_run = arguments.has("dry-run");
  const Format format = output_format(arguments.has("json"));
  const config::Config config = arguments.settings().config;
  const Registry registry = Registry::load(config.feeds);
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
  return {{"dry-run", "", "only tell what would be done"}, {"json", "", "one JSON object a line"}};
}

constexpr const char* k_exits =
    "0   done for every name, or done before\n"
    "64  bad option\n"
    "69  the database does not answer; nothing was moved\n"
    "75  something was left: settled meanwhile, its transaction under way, not claimed, a name taken in landing\n"
    "78  bad settings, or no tables yet";

}  // namespace

const Command& skip_command() {
  static const Command command{
      .name = "skip",
      .arguments = "NAME|CLAIM...",
      .least_arguments = 1,
      .most_arguments = k_any_number,
      .summary = "a claimed file that gets nowhere goes to failed/",
      .about =
          "Takes files out of their claims, by name or all of a claim, and into failed/: files that wait for a lock, or that\n"
          "are refused again and again. First the ledger is told: failed, \"skipped by the operator\". A running daemon that\n"
          "still has such a file finds that and loads nothing of it; if its transaction was quicker, the file is settled\n"
          "and skip says so. Of a claim that is no longer there, rows that still say `loading` are closed as failed.\n"
          "longshore status shows what is claimed; release, or retry, brings a skipped file back.",
      .flags = flags(),
      .settings = {"landing", "work", "processed", "failed", "database", "feeds"},
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
      .summary = "a claimed or skipped file goes back into the landing directory",
      .about =
          "Gives claimed files back, by name or all of a claim: to load them elsewhere, to change them, or because their\n"
          "daemon will not come back. A daemon that runs takes them again as new arrivals, so stop it first if it should\n"
          "not. First the ledger is told, as by skip; a file that has its outcome already stays where it is. A name that is\n"
          "in no claim but was skipped is put back from failed/. Nothing in the landing directory is ever replaced.",
      .flags = flags(),
      .settings = {"landing", "work", "processed", "failed", "database", "feeds"},
      .example = "longshore release objects_detection_20261121.json",
      .exits = k_exits,
      .run = release,
  };
  return command;
}

}  // namespace longshore::cli
