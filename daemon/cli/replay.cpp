// longshore replay: replaces the rows of loaded files from their archived copies.
#include "admin/replay.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/database.hpp"
#include "cli/output.hpp"
#include "cli/selection.hpp"
#include "store/migrate.hpp"

#include <algorithm>
#include <limits>

namespace longshore::cli {
namespace {

using Ids = std::vector<std::int64_t>;

std::string why_not(const store::KnownFile& file) {
  switch (file.status) {
  case store::Status::failed:
    return "it was never loaded: mend it where it is, and bring it back by: longshore retry " +
           std::to_string(file.file_id);
  case store::Status::duplicate:
    return "its content was loaded as another file: longshore log names that";
  case store::Status::loading:
    return "wait until it is loaded";
  default:
    return "no feed takes it";
  }
}

// The files that the command line names one by one: each must have rows.
Ids named_files(store::Session& session, const std::vector<std::string>& words) {
  Ids ids;
  for (const std::string& word : words)
    ids.push_back(file_id_of(word, "longshore log shows them; by name: longshore replay --name GLOB"));
  const auto files = store::read_files(session, ids);
  for (const std::int64_t id : ids)
    if (std::ranges::find(files, id, &store::KnownFile::file_id) == files.end())
      throw usage_error("the ledger has no file " + std::to_string(id), "longshore log lists what it has");
  for (const store::KnownFile& file : files)
    if (!file.has_rows())
      throw usage_error("file " + std::to_string(file.file_id) + " (" + file.file_name + ") is " +
                            std::string{store::status_name(file.status)} + " and has no rows to replace",
                        why_not(file));
  return ids;
}

// Those of a selection that have rows.
Ids selected_files(store::Session& session, const Arguments& arguments, const Registry& registry) {
  store::LedgerQuery query = ledger_query(arguments);
  query.limit = std::numeric_limits<std::int64_t>::max();
  if (!query.feed.empty())
    need_feed(registry, query.feed);
  Ids ids;
  for (const auto& row : store::read_ledger(session, query, "file_id, file_name, status").rows)
    if (const auto status = store::as_text(row[2]); status == "loaded" || status == "partial")
      ids.push_back(store::as_int(row[0]));
  return ids;
}

// What a replay would touch, a file a line; `asked` is sorted.
void show(store::Session& session, const admin::ReplayPlan& plan, const Ids& asked) {
  Listing listing{{{"id", Look::count}, {"file"}, {"status"}, {"why"}, {"transaction", Look::count}},
                  output_format(false)};
  std::int64_t number = 0;
  for (const admin::ReplayBatch& batch : plan.batches) {
    ++number;
    for (const store::KnownFile& file : store::read_files(session, batch.file_ids)) {
      const bool is_asked = std::ranges::binary_search(asked, file.file_id);
      listing.add({file.file_id, file.file_name, std::string{store::status_name(file.status)},
                   std::string{is_asked ? "asked for" : "shares rows"}, number});
    }
  }
  for (const admin::LeftOut& file : plan.left_out)
    listing.add({file.file_id, file.file_name, std::string{"left out"}, file.reason, {}});
  print(listing.text());
}

std::string summary(const admin::ReplayTotals& totals) {
  const auto count = [](std::uint64_t number, const char* what) { return std::to_string(number) + " " + what; };
  return count(totals.files, "files replayed: ") + count(totals.rows, "rows, ") +
         count(totals.duplicates, "duplicates, ") + count(totals.rejects, "rejects\n");
}

Exit replay(const Arguments& arguments) {
  const auto is_given = [&](const char* flag) { return arguments.has(flag); };
  const bool by_flags = is_given("feed") || is_given("name") || is_given("status") || is_given("since");
  if (by_flags == !arguments.positional().empty())
    throw usage_error(by_flags ? "either file_ids or --feed, --name, --status, --since" : "which files?",
                      "longshore replay --help");
  const config::Loaded loaded = arguments.settings();
  const Registry registry = Registry::load(loaded.config.feeds);
  const auto session = open_for_writing(loaded.config, "replay");
  store::check_schema(*session, registry);

  Ids ids = by_flags ? selected_files(*session, arguments, registry) : named_files(*session, arguments.positional());
  std::ranges::sort(ids);
  admin::Replay replay{loaded.config, registry, *session};
  if (arguments.has("dry-run")) {
    const admin::ReplayPlan plan = replay.plan(ids);
    show(*session, plan, ids);
    return plan.left_out.empty() ? Exit::ok : Exit::bad_data;
  }
  const auto left_out = replay.run(ids, arguments.has("keep-going"));
  for (const admin::LeftOut& file : left_out)
    log::warn("{}: not replayed: file {}: {}", file.file_name, file.file_id, file.reason);
  print(summary(replay.totals()));
  return left_out.empty() ? Exit::ok : Exit::bad_data;
}

}  // namespace

const Command& replay_command() {
  static const Command command{
      .name = "replay",
      .arguments = "[FILE_ID...]",
      .most_arguments = k_any_number,
      .summary = "replace the rows of loaded files from their archived copies",
      .about =
          "Loads files again that are in the ledger as loaded or partial, from their copies in processed/, as their feed\n"
          "is declared now: after a column was added or a limit changed. Their rows, rejects and counts are replaced in\n"
          "one transaction, under the same file_id, together with those of all files that share rows with them, and the\n"
          "latest tables are mended. Whoever reads sees the old rows until it is done; broken off, all is as it was.\n\n"
          "The daemon may run: it and this command wait for each other. After a change of a declaration let it read\n"
          "that first, by systemctl reload (HUP), so that it loads new files the same way. A file whose copy is missing\n"
          "or has changed is named, and nothing is done; with --keep-going such files, and those that hold rows of\n"
          "theirs, keep the rows they have.\n"
          "On PostgreSQL the role needs the right to delete, which the daemon's does not.\n\n"
          "--feed NAME rebuilds a feed from its archive. Many files go in several transactions: what was broken off is\n"
          "started again by the same command. On SQLite each reads the whole table to find the old rows.",
      .flags =
          {
              {"feed", "NAME", "all files of this feed"},
              {"name", "GLOB", "files whose name matches, for example 'vehicles_status_2026*'"},
              {"status", "STATUS", "only loaded, or only partial"},
              {"since", "TIME", "only what began after a time, or not longer ago: 2026-11-21, 12h, 7d"},
              {"dry-run", "", "only list what would be replayed, and in which transaction"},
              {"keep-going", "", "leave out what cannot be replayed"},
          },
      .settings = {"database", "feeds", "landing", "processed", "failed", "work", "batch_files", "window_bytes",
                   "max_depth", "max_record_bytes", "max_document_bytes", "stored_rejects", "log_level"},
      .example = "longshore replay 17 23\n"
                 "longshore replay --feed objects_detection --status partial --database postgresql://operator@db/fleet",
      .exits = "0   replayed, also when nothing was selected\n"
               "64  bad option, or a file that has no rows\n"
               "65  a file could not be replayed: its copy is missing or changed, or its feed refuses it now\n"
               "69  the database does not answer\n"
               "74  a file cannot be read\n"
               "78  bad settings, a role without the rights, or tables that differ",
      .run = replay,
  };
  return command;
}

}  // namespace longshore::cli
