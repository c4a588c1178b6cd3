// longshore verify: compares the directories, the ledger and the tables.
#include "admin/verify/verify.hpp"

#include "base/log.hpp"
#include "cli/commands.hpp"
#include "cli/database.hpp"
#include "cli/output.hpp"
#include "cli/selection.hpp"
#include "config/feeds.hpp"
#include "store/ledger.hpp"

#include <cstdio>
#include <memory>

namespace longshore::cli {
namespace {

// Notes in the ledger which files grew, so that replay --grown selects them. The session is opened for the first one:
// verify itself only needs to read.
class GrowthNotes {
 public:
  explicit GrowthNotes(const config::Config& config) : m_config(config) {}

  bool add(std::int64_t file_id, std::uint64_t size_bytes) try {
    if (m_is_refused)
      return false;
    if (!m_session)
      m_session = open_for_writing(m_config, "verify");
    store::Ledger{*m_session}.set_grew_to(file_id, size_bytes);
    return true;
  } catch (const Error& error) {
    m_is_refused = true;
    log::warn("grew_to is not written into the ledger: {}", error.what());
    return false;
  }

 private:
  const config::Config& m_config;
  std::unique_ptr<store::Session> m_session;
  bool m_is_refused = false;
};

Exit verify(const Arguments& arguments) try {
  const std::uint64_t limit = arguments.count("limit", 1000, 1, 1'000'000'000);
  const Format format = output_format(arguments.has("json"));
  const config::Config config = arguments.settings().config;
  const Registry registry = config::load_feeds(config);
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

  Report report{{{"problem"}, {"file_id", Style::count}, {"file_name"}, {"place"}, {"detail"}, {"remedy"}}, format};
  admin::Findings findings{[&](const admin::Finding& finding) {
                             report.add({std::string{finding.problem},
                                         finding.file_id ? store::Value{*finding.file_id} : store::Value{},
                                         finding.file_name, finding.place, finding.detail, finding.remedy});
                           },
                           limit};
  const spool::Directories directories{config.landing, config.work, config.processed, config.failed};
  GrowthNotes notes{config};
  admin::verify({*session, registry, directories, options, findings,
                 [&](std::int64_t file_id, std::uint64_t size_bytes) { return notes.add(file_id, size_bytes); }});
  report.finish();
  finish_output();  // before the summary, if both go to one terminal
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
      .summary = "compare directories, ledger and tables",
      .about =
          "Compares the ledger with the files in processed/ and failed/, with the claims and, with --rows, with the tables.\n"
          "Prints one line per difference, with its remedy. The problems are:\n"
          "  unknown_file   a file in the archive that no ledger row names, for example after a restore of the database\n"
          "  missing_copy   a file that the ledger names does not exist\n"
          "  missing_day    a whole directory of such files does not exist\n"
          "  grown          a process went on writing the file after it was loaded\n"
          "  wrong_size     the size of the file differs from the ledger\n"
          "  wrong_content  with --deep: the sha256 of the file differs from the ledger\n"
          "  wrong_place    the place of the file differs from the ledger\n"
          "  not_moved      a finished file is still in a claim of an instance that does not run\n"
          "  left_over      a file is in a claim of an instance that does not run\n"
          "  stale_loading  the ledger says loading, but the file is in no claim\n"
          "  counts         the records of a file are not its rows + duplicates + rejects\n"
          "  rejects        more rejected records are stored than the ledger counts\n"
          "  rows           with --rows: the number of rows in the table differs from the ledger\n"
          "  latest         with --rows: a row of a latest table is not the newest row of its key\n\n"
          "A file that grew gets its size in the column grew_to of the ledger, if the role may write there.\n\n"
          "--repair moves the unknown files of processed/ back to landing, to be loaded again, and corrects wrong places in\n"
          "the ledger. It deletes nothing and can be repeated. The daemon may be running.",
      .flags = {{"repair", "", "repair what can be repaired without loss"},
                {"feed", "NAME", "only files of this feed"},
                {"since", "TIME",
                 "only archive directories of this day or later, and rows of this time or later: 2026-11-21, 7d"},
                {"rows", "", "also compare rows and latest tables; reads all tables"},
                {"deep", "", "also compare the sha256 of every archived file; reads all files"},
                {"limit", "N", "list at most N differences; all are counted [1000]"},
                {"json", "", "print one JSON object per difference"}},
      .settings = {"landing", "work", "processed", "failed", "database", "schema", "feeds", "disable_feeds"},
      .example = "longshore verify --rows\n"
                 "longshore verify --rows --since 90d                 # if older rows were deleted\n"
                 "longshore verify --repair; longshore run --once     # after the database was restored",
      .exits = "0   no differences; with --repair: or all were repaired\n"
               "64  wrong option\n"
               "65  there are differences\n"
               "69  the database does not answer\n"
               "78  wrong settings, or the tables do not exist yet",
      .run = verify,
  };
  return command;
}

}  // namespace longshore::cli
