// longshore retry: moves failed files back to the landing directory.
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
    const std::int64_t id = file_id_of(word, "longshore log --status failed shows file_ids; --name selects by name");
    const auto file = store::read_file(session, id);
    if (!file)
      throw usage_error("the ledger has no file " + std::to_string(id),
                        "longshore log --status failed lists the failed files");
    files.push_back(*file);
  }
  return files;
}

Exit retry(const Arguments& arguments) try {
  const bool is_filtered = arguments.has("name") || arguments.has("feed") || arguments.has("since");
  const bool is_named = !arguments.positional().empty();
  if (!is_named && !is_filtered && !arguments.has("all"))
    throw usage_error("no files selected",
                      "give FILE_IDs, --name GLOB, --feed NAME, --since TIME or --all; --dry-run changes nothing");
  if (is_named && (is_filtered || arguments.has("all")))
    throw usage_error("FILE_IDs cannot be combined with --all, --name, --feed or --since", "give one of the two");
  const Format format = output_format(arguments.has("json"));
  const config::Config config = arguments.settings().config;
  need_landing(config);
  const auto session = arguments.has("dry-run") ? open_for_reading(config) : open_for_writing(config, "retry");
  need_known_feed(*session, config, arguments.value_or("feed", ""));

  const spool::Directories directories{config.landing, config.work, config.processed, config.failed};
  spool::Archive archive{directories};
  Report report{{{"file_id"}, {"file_name"}, {"result"}, {"detail"}}, format};
  bool all_in_landing = true;
  bool is_any = false;
  const auto visit = [&](const store::KnownFile& file) {
    const admin::RetryResult result = admin::retry_file(*session, archive, directories, file, arguments.has("dry-run"));
    report.add({file.file_id, file.file_name, result.result, result.detail});
    is_any = true;
    all_in_landing = all_in_landing && result.is_in_landing;
  };
  if (is_named)
    std::ranges::for_each(named_files(*session, arguments.positional()), visit);
  else
    admin::for_each_failed(*session, ledger_query(arguments), visit);
  if (!is_any)
    std::fprintf(stderr, "no failed file matches\n");
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
      .summary = "move failed files back to the landing directory",
      .about =
          "Moves failed files from failed/ back to the landing directory, under their original names. The daemon loads them\n"
          "as new arrivals. Use it after you removed the cause of the failure, or corrected the files in failed/.\n\n"
          "Select files by FILE_ID, by --name, --feed and --since, or with --all. The old ledger rows stay, but do not name an\n"
          "archived copy any more. The reason files in failed/ are removed. If the landing directory has a file of the same\n"
          "name, nothing is replaced and the failed file stays in failed/. Only a file in the directory of its own claim,\n"
          "failed/DAY/CLAIM, is moved. It is safe to repeat the command, and to run it twice at the same time.",
      .flags = {{"all", "", "every failed file"},
                {"name", "GLOB", "failed files whose name matches, for example 'vehicles_status_2026*'"},
                {"feed", "NAME", "failed files of this feed"},
                {"since", "TIME", "failed files whose load began since this time or age: 2026-11-21, 12h, 7d"},
                {"dry-run", "", "change nothing; print what would be done"},
                {"json", "", "print one JSON object per file"}},
      .settings = {"landing", "work", "processed", "failed", "database", "schema", "feeds", "disable_feeds"},
      .example = "longshore retry 17\n"
                 "longshore retry --since 1d --name 'objects_detection_*' --dry-run",
      .exits = "0   every selected file returned to the landing directory, now or earlier; or no file matches\n"
               "64  wrong option, an unknown file or feed, or no files selected\n"
               "69  the database does not answer\n"
               "75  a file was not moved: landing has a file of the same name, or its copy does not exist\n"
               "78  wrong settings, or the tables do not exist yet",
      .run = retry,
  };
  return command;
}

}  // namespace longshore::cli
