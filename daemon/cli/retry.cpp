// longshore retry: failed files go back into the landing directory.
#include "admin/retry.hpp"

#include "cli/commands.hpp"
#include "cli/database.hpp"
#include "cli/output.hpp"
#include "cli/selection.hpp"

#include <algorithm>
#include <cstdio>
#include <vector>

namespace longshore::cli {
namespace {

std::vector<store::KnownFile> named_files(store::Session& session, const std::vector<std::string>& words) {
  std::vector<store::KnownFile> files;
  for (const std::string& word : words) {
    const std::int64_t id = file_id_of(word, "longshore log --status failed shows them; names go by --name");
    const auto file = store::read_file(session, id);
    if (!file)
      throw usage_error("the ledger has no file " + std::to_string(id), "longshore log --status failed lists them");
    files.push_back(*file);
  }
  return files;
}

Exit retry(const Arguments& arguments) try {
  const bool is_filtered = arguments.has("name") || arguments.has("feed") || arguments.has("since");
  const bool is_named = !arguments.positional().empty();
  if (!is_named && !is_filtered && !arguments.has("all"))
    throw usage_error("which failed files? nothing is selected",
                      "give FILE_IDs, --name GLOB, --feed NAME, --since TIME, or --all; --dry-run only tells");
  if (is_named && (is_filtered || arguments.has("all")))
    throw usage_error("FILE_IDs and a selection do not go together", "give the one or the other");
  const Format format = output_format(arguments.has("json"));
  const config::Config config = arguments.settings().config;
  need_landing(config);
  const auto session = arguments.has("dry-run") ? open_for_reading(config) : open_for_writing(config, "retry");
  need_known_feed(*session, config, arguments.value_or("feed", ""));

  spool::Archive archive{{config.landing, config.work, config.processed, config.failed}};
  Report report{{{"file_id"}, {"file_name"}, {"result"}, {"detail"}}, format};
  bool all_in_landing = true;
  bool is_any = false;
  const auto visit = [&](const store::KnownFile& file) {
    const admin::RetryResult result =
        admin::retry_file(*session, archive, config.landing, file, arguments.has("dry-run"));
    report.add({file.file_id, file.file_name, result.result, result.detail});
    is_any = true;
    all_in_landing = all_in_landing && result.is_in_landing;
  };
  if (is_named)
    std::ranges::for_each(named_files(*session, arguments.positional()), visit);
  else
    admin::for_each_failed(*session, ledger_query(arguments), visit);
  if (!is_any)
    std::fprintf(stderr, "no failed file fits\n");
  return all_in_landing ? Exit::ok : Exit::left_over;
} catch (const Error& error) {
  throw as_exit(error);
}

}  // namespace

const Command& retry_command() {
  static const Command command{
      .name = "retry",
      .arguments = "[FILE_ID...]",
      .most_arguments = k_any_number,
      .summary = "failed files go back into the landing directory",
      .about =
          "Moves the archived copies of failed files from failed/ back into the landing directory, under the names they\n"
          "came with; the running daemon, or the next one, takes them as new arrivals. Their rows in the ledger stay and\n"
          "no longer name an archived copy; the reason files go. A file of the same name in the landing directory is never\n"
          "touched: the failed one stays where it is. Repeating it does no harm, and two at once move each file once.\n\n"
          "Which files: FILE_IDs, or all failed ones that fit --name, --feed and --since, or --all: those that failed\n"
          "for a reason outside of them, and those that were mended by hand where they are, in failed/.",
      .flags = {{"all", "", "every failed file"},
                {"name", "GLOB", "failed files whose name matches, for example 'vehicles_status_2026*'"},
                {"feed", "NAME", "failed files of this feed"},
                {"since", "TIME", "failed files that began after a time, or not longer ago: 2026-11-21, 12h, 7d"},
                {"dry-run", "", "only tell what would be done"},
                {"json", "", "one JSON object a line"}},
      .settings = {"landing", "work", "processed", "failed", "database", "feeds"},
      .example = "longshore retry 17\n"
                 "longshore retry --since 1d --name 'objects_detection_*' --dry-run",
      .exits = "0   every selected file is in the landing directory, or was put back before; also when none fits\n"
               "64  bad option, no such file or feed, or neither files nor a selection given\n"
               "69  the database does not answer\n"
               "75  something was left: a name that is taken in the landing directory, a copy that is gone\n"
               "78  bad settings, or no tables yet",
      .run = retry,
  };
  return command;
}

}  // namespace longshore::cli
