// longshore retry: failed files go back into the landing directory.
#include "admin/retry.hpp"

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/database.hpp"
#include "cli/ledger_query.hpp"
#include "cli/need_feed.hpp"
#include "cli/report.hpp"

#include <charconv>
#include <cstdio>
#include <functional>

namespace longshore::cli {
namespace {

using Visit = std::function<void(const std::vector<store::Value>& row)>;

std::int64_t file_id_of(const std::string& text) {
  std::int64_t id = 0;
  const auto [rest, fault] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (fault != std::errc{} || rest != text.data() + text.size())
    throw usage_error("\"" + escape_clipped(text, 100) + "\" is no file_id",
                      "longshore log --status failed shows them; names go by --name");
  return id;
}

// All of them are looked up before the first is moved.
void visit_named(store::Session& session, const Arguments& arguments, const Visit& visit) {
  std::vector<std::vector<store::Value>> found;
  for (const std::string& text : arguments.positional()) {
    const std::int64_t id = file_id_of(text);
    auto rows =
        session.exec("select " + std::string{admin::k_retry_columns} + " from ingest_log where file_id = $1", {id});
    if (rows.empty())
      throw usage_error("the ledger has no file " + std::to_string(id), "longshore log --status failed lists them");
    found.push_back(std::move(rows.rows[0]));
  }
  for (const auto& row : found)
    visit(row);
}

// Newest first, in pieces; those that were put back before are left out.
void visit_selected(store::Session& session, const Arguments& arguments, const Visit& visit) {
  LedgerQuery query = ledger_query(arguments);
  query.status = "failed";
  query.is_archived = true;
  query.limit = 1000;
  for (;;) {
    const store::Rows rows = read_ledger(session, query, admin::k_retry_columns);
    for (const auto& row : rows.rows)
      visit(row);
    if (rows.size() < query.limit)
      return;
    query.before = store::as_int(rows.rows.back()[0]);
  }
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
  bool is_well = true;
  bool is_any = false;
  const Visit visit = [&](const std::vector<store::Value>& row) {
    const admin::Retried retried = admin::retry_file(*session, archive, config.landing, row, arguments.has("dry-run"));
    report.add({row[0], row[1], retried.result, retried.detail});
    is_any = true;
    is_well = is_well && retried.is_well;
  };
  if (is_named)
    visit_named(*session, arguments, visit);
  else
    visit_selected(*session, arguments, visit);
  if (!is_any)
    std::fprintf(stderr, "no failed file fits\n");
  return is_well ? Exit::ok : Exit::left_over;
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
