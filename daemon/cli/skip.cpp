// longshore skip: a claimed file that gets nowhere is taken out of the way.
#include "cli/claimed_files.hpp"
#include "cli/commands.hpp"

namespace longshore::cli {
namespace {

Exit skip(const Arguments& arguments) { return take_claimed(arguments, admin::TakeoutKind::skip); }

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
      .flags = claimed_flags(),
      .settings = {"landing", "work", "processed", "failed", "database", "feeds"},
      .example = "longshore skip objects_detection_20261121.json\n"
                 "longshore skip 20261121T040512.123456Z-5f3a09c1 --dry-run",
      .exits = k_claimed_exits,
      .run = skip,
  };
  return command;
}

}  // namespace longshore::cli
