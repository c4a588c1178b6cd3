// longshore verify: do the directories, the ledger and the tables agree?
#include "admin/verify/verify.hpp"

#include "cli/commands.hpp"
#include "cli/database.hpp"
#include "cli/output.hpp"
#include "cli/selection.hpp"

#include <cstdio>

namespace longshore::cli {
namespace {

Exit verify(const Arguments& arguments) try {
  const std::uint64_t limit = arguments.count("limit", 1000, 1, 1'000'000'000);
  const Format format = output_format(arguments.has("json"));
  const config::Config config = arguments.settings().config;
  const Registry registry = Registry::load(config.feeds);
  admin::VerifyOptions options{.feed = arguments.value_or("feed", ""),
                               .since = "",
                               .rows = arguments.has("rows"),
                               .deep = arguments.has("deep"),
                               .repair = arguments.has("repair")};
  if (!options.feed.empty())
    need_feed(registry, options.feed);
  if (const auto since = arguments.value("since"))
    options.since = since_time(*since);
  need_landing(config);
  const auto session = options.repair ? open_for_writing(config, "verify") : open_for_reading(config);

  Report report{{{"problem"}, {"file_id", Look::count}, {"file_name"}, {"place"}, {"detail"}, {"mend"}}, format};
  admin::Findings findings{[&](const admin::Finding& finding) {
                             report.add({std::string{finding.problem},
                                         finding.file_id ? store::Value{*finding.file_id} : store::Value{},
                                         finding.file_name, finding.place, finding.detail, finding.remedy});
                           },
                           limit};
  admin::verify(*session, registry, {config.landing, config.work, config.processed, config.failed}, options, findings);
  report.finish();
  finish_output();  // before the summary, where both go to one terminal
  std::fprintf(stderr, "%s\n", findings.summary().c_str());
  return findings.empty() ? Exit::ok : Exit::bad_data;
} catch (const Error& error) {
  throw as_exit(error);
}

}  // namespace

const Command& verify_command() {
  static const Command command{
      .name = "verify",
      .arguments = "",
      .summary = "do directories, ledger and tables agree?",
      .about =
          "Compares what the ledger says with processed/ and failed/, with the claims and, with --rows, with the tables. Each\n"
          "line is one disagreement and what mends it:\n"
          "  unknown_file   in the archive, but in no row: a restored or failed-over database has forgotten it\n"
          "  missing_copy   the ledger names a copy that is not there; missing_day: a whole directory of them\n"
          "  wrong_size, wrong_content (--deep), wrong_place   the copy is another than the ledger says, or elsewhere\n"
          "  not_moved, left_over, stale_loading   what an instance left behind that does not run\n"
          "  counts, rejects, rows, latest   numbers or rows that do not add up\n\n"
          "--repair puts the unknown files of processed/ back into landing, to be loaded again, and lets the ledger name copies\n"
          "that lie in their claim's sub-directory. It deletes nothing and may be repeated. A running daemon is not disturbed.",
      .flags = {{"repair", "", "mend what can be mended without a loss"},
                {"feed", "NAME", "only files of this feed"},
                {"since", "TIME",
                 "only archive directories from this day on, only rows of this time or later: 2026-11-21, 7d"},
                {"rows", "", "also count the rows of every file and compare the latest tables: reads all tables"},
                {"deep", "", "also compare the sha256 of every archived file: reads them all"},
                {"limit", "N", "list at most so many; all are counted [1000]"},
                {"json", "", "one JSON object a line"}},
      .settings = {"landing", "work", "processed", "failed", "database", "feeds"},
      .example = "longshore verify --rows\n"
                 "longshore verify --rows --since 90d                 # where older rows are deleted\n"
                 "longshore verify --repair; longshore run --once     # after the database was restored",
      .exits = "0   all agrees; with --repair: or was repaired\n"
               "64  bad option\n"
               "65  something disagrees\n"
               "69  the database does not answer\n"
               "78  bad settings, or no tables yet",
      .run = verify,
  };
  return command;
}

}  // namespace longshore::cli
