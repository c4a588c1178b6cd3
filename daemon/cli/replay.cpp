// longshore replay: loads files again from their archived copies, and replaces their rows.
#include "admin/replay.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/database.hpp"
#include "cli/output.hpp"
#include "cli/selection.hpp"
#include "config/feeds.hpp"
#include "store/migrate.hpp"

#include <algorithm>
#include <limits>

namespace longshore::cli {
namespace {

using Ids = std::vector<std::int64_t>;

std::string why_not(const store::KnownFile& file) {
  switch (file.status) {
  case store::Status::failed:
    return "it was never loaded: correct it in failed/, then longshore retry " + std::to_string(file.file_id);
  case store::Status::duplicate:
    return "another file with the same content was loaded: see duplicate_of in longshore log --json; if it grew since, "
           "use --grown";
  case store::Status::loading:
    return "wait until it is loaded";
  default:
    return "no feed matches its name";
  }
}

// The files of the FILE_IDs: each must have rows, or be a duplicate that may have grown.
Ids named_files(store::Session& session, const std::vector<std::string>& words, admin::Copies copies) {
  Ids ids;
  for (const std::string& word : words)
    ids.push_back(file_id_of(word, "longshore log shows file_ids; --name selects by name"));
  const auto files = store::read_files(session, ids);
  for (const std::int64_t id : ids)
    if (std::ranges::find(files, id, &store::KnownFile::file_id) == files.end())
      throw usage_error("the ledger has no file " + std::to_string(id), "longshore log lists the files");
  for (const store::KnownFile& file : files)
    if (!file.has_rows() && !(copies == admin::Copies::as_grown && file.status == store::Status::duplicate))
      throw usage_error("file " + std::to_string(file.file_id) + " (" + file.file_name +
                            ") has no rows to replace: it is " + std::string{store::status_name(file.status)},
                        why_not(file));
  return ids;
}

// The files of a selection that have rows, or that grew.
Ids selected_files(store::Session& session, const Arguments& arguments, const Registry& registry) {
  store::LedgerQuery query = ledger_query(arguments);
  query.limit = std::numeric_limits<std::int64_t>::max();
  query.has_grown = arguments.has("grown");
  if (!query.feed.empty())
    need_feed(registry, query.feed);
  Ids ids;
  for (const auto& row : store::read_ledger(session, query, "file_id, file_name, status").rows)
    if (const auto status = store::as_text(row[2]);
        status == "loaded" || status == "partial" || (query.has_grown && status == "duplicate"))
      ids.push_back(store::as_int(row[0]));
  return ids;
}

// The given copy must be one of the file.
void need_copy(store::Session& session, std::int64_t file_id, const std::string& path) {
  const auto file = store::read_file(session, file_id);
  if (file && !admin::find_given(path, *file))
    throw Error{Fault::fatal, escape(path) + " is not a copy of file " + std::to_string(file_id) + " (" +
                                  file->file_name + "), which had " + std::to_string(file->size_bytes) +
                                  " bytes and the sha256 " + file->sha256}
        .with_hint("give the file, compressed or not, or a directory that has it under its name")
        .exits(Exit::bad_data);
}

// Prints what a replay would load, one file per line. `selected` is sorted.
void show(store::Session& session, const admin::ReplayPlan& plan, const Ids& selected) {
  Listing listing{{{"id", Style::count}, {"file"}, {"status"}, {"why"}, {"transaction", Style::count}},
                  output_format(false)};
  std::int64_t number = 0;
  for (const admin::ReplayBatch& batch : plan.batches) {
    ++number;
    const std::string not_selected = batch.feed->has_history ? "shares rows" : "same feed";
    for (const store::KnownFile& file : store::read_files(session, batch.file_ids)) {
      const bool is_selected = std::ranges::binary_search(selected, file.file_id);
      listing.add({file.file_id, file.file_name, std::string{store::status_name(file.status)},
                   is_selected ? "selected" : not_selected, number});
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
  const bool by_ids = !arguments.positional().empty();
  const admin::Copies copies = is_given("grown") ? admin::Copies::as_grown : admin::Copies::as_loaded;
  if (by_flags && by_ids)
    throw usage_error("FILE_IDs cannot be combined with --feed, --name, --status or --since", "give one of the two");
  if (!by_flags && !by_ids && copies == admin::Copies::as_loaded)
    throw usage_error("no files selected", "give FILE_IDs, or --feed, --name, --status, --since or --grown");
  const std::string given = arguments.value_or("copy", "");
  if (is_given("copy") && (arguments.positional().size() != 1 || copies == admin::Copies::as_grown))
    throw usage_error("--copy needs one FILE_ID, and cannot be combined with --grown",
                      "longshore replay 17 --copy /backup/file.json");
  const config::Loaded loaded = arguments.settings();
  const Registry registry = config::load_feeds(loaded.config);
  const auto session = open_for_writing(loaded.config, "replay");
  store::check_schema(*session, registry);

  Ids ids =
      by_ids ? named_files(*session, arguments.positional(), copies) : selected_files(*session, arguments, registry);
  std::ranges::sort(ids);
  if (!given.empty())
    need_copy(*session, ids.front(), given);
  admin::Replay replay{loaded.config, registry, *session, copies, given};
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
      .summary = "load archived files again, with the current feeds",
      .about =
          "Loads files again from their copies in processed/, with the current declaration of their feed. Use it after a\n"
          "column was added or a limit changed. It replaces the rows, rejects and counts of these files, under the same\n"
          "file_id, and updates the latest tables. Files that share rows with them are loaded again too. All this is one\n"
          "transaction. Readers see the old rows until it commits. If it is interrupted, nothing changes. Of a feed with\n"
          "`history = false` all files are loaded again together, because rows that newer ones replaced are in no table.\n\n"
          "Only files with the status loaded or partial can be replayed. Many files need several transactions: after an\n"
          "interruption, run the same command again.\n\n"
          "The daemon may be running: it and this command wait for each other. After you changed a feed, first run systemctl\n"
          "reload longshore, so that the daemon loads new files in the same way.\n\n"
          "If a copy is missing or was changed, the command names the file and changes nothing. With --keep-going it leaves\n"
          "out such files. It also leaves out files that own rows of such a file. All files left out keep their rows.\n\n"
          "If a process went on writing a file after it was loaded, --grown loads what its copy has now: all such files\n"
          "that the daemon or verify found, or those with the given FILE_IDs. The ledger gets the new size and sha256. A\n"
          "file whose content another file has by then becomes a duplicate of it.\n\n"
          "With --copy PATH, any file with the same sha256 serves as the copy of FILE_ID: also one that was compressed, also\n"
          "for a file that was purged or lost. If other files of the transaction have no copy either, PATH is a directory\n"
          "that has all of them under their names. The copy is only read: the archive stays as it is.\n\n"
          "On PostgreSQL the database role needs the right to delete, which the daemon's role does not have. On SQLite each\n"
          "transaction reads the whole table to find the old rows.",
      .flags =
          {
              {"feed", "NAME", "all files of this feed"},
              {"name", "GLOB", "files whose name matches, for example 'vehicles_status_2026*'"},
              {"status", "STATUS", "only loaded, or only partial"},
              {"since", "TIME", "files whose load began since this time or age: 2026-11-21, 12h, 7d"},
              {"grown", "", "files that grew after they were loaded (grew_to in the ledger); also with FILE_IDs"},
              {"copy", "PATH", "read the copy of FILE_ID from here: a file, or a directory with files of these names"},
              {"dry-run", "", "change nothing; list the files and their transactions"},
              {"keep-going", "", "leave out files that cannot be replayed"},
          },
      .settings = {"database", "schema", "feeds", "disable_feeds", "landing", "processed", "failed", "work",
                   "batch_files", "window_bytes", "max_depth", "max_record_bytes", "max_document_bytes",
                   "stored_rejects", "log_level"},
      .example = "longshore replay 17 23\n"
                 "longshore replay --grown\n"
                 "longshore replay 17 --copy /backup/2026/vehicles_status_17.json.zst\n"
                 "longshore replay --feed objects_detection --status partial --database postgresql://operator@db/fleet",
      .exits =
          "0   replayed, even if no file was selected\n"
          "64  wrong option, or a FILE_ID without rows\n"
          "65  a file could not be replayed: its copy is missing or was changed, or it does not fit the feed any more\n"
          "69  the database does not answer\n"
          "74  a file cannot be read\n"
          "78  wrong settings, a role without the rights, or tables that do not match",
      .run = replay,
  };
  return command;
}

}  // namespace longshore::cli
