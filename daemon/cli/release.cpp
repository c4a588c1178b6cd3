// longshore release: a claimed file is given back to the landing directory.
#include "cli/claimed_files.hpp"
#include "cli/commands.hpp"

namespace longshore::cli {
namespace {

Exit release(const Arguments& arguments) { return take_claimed(arguments, admin::TakeoutKind::release); }

}  // namespace

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
      .flags = claimed_flags(),
      .settings = {"landing", "work", "processed", "failed", "database", "feeds"},
      .example = "longshore release objects_detection_20261121.json",
      .exits = k_claimed_exits,
      .run = release,
  };
  return command;
}

}  // namespace longshore::cli
