// longshore rejects: lists rejected records with their faults, or exports their text.
#include "admin/reject_export.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/database.hpp"
#include "cli/output.hpp"
#include "cli/selection.hpp"
#include "config/feeds.hpp"

#include <vector>

namespace longshore::cli {
namespace {

constexpr std::size_t k_raw_on_terminal = 100;  // bytes

struct Found {
  std::int64_t file_id;
  std::string file_name;
};

// The files to read, newest first. --limit is enough for files too, because each has at least one rejected record.
std::vector<Found> files_with_rejects(store::Session& session, const Arguments& arguments) {
  if (!arguments.positional().empty()) {
    const std::int64_t id =
        file_id_of(arguments.positional().front(), "longshore log shows file_ids; --name selects by name");
    const auto file = store::read_file(session, id);
    if (!file)
      throw usage_error("the ledger has no file " + std::to_string(id), "longshore log lists the files");
    return {{id, file->file_name}};
  }
  store::LedgerQuery query = ledger_query(arguments);
  query.with_rejects = true;
  std::vector<Found> files;
  for (const auto& row : store::read_ledger(session, query, "file_id, file_name").rows)
    files.push_back({store::as_int(row[0]), store::as_text(row[1])});
  return files;
}

std::string clipped(const std::string& raw) {
  return raw.size() <= k_raw_on_terminal ? raw : std::string{clip_utf8(raw, k_raw_on_terminal)} + "…";
}

Exit export_records(const Arguments& arguments) {
  if (arguments.positional().empty())
    throw usage_error("--export needs a FILE_ID", "longshore log --status partial lists files with rejected records");
  const config::Loaded loaded = arguments.settings();
  const auto session = open_for_reading(loaded.config);
  const std::int64_t id = file_id_of(arguments.positional().front(), "longshore log shows file_ids");
  const auto file = store::read_file(*session, id);
  if (!file)
    throw usage_error("the ledger has no file " + std::to_string(id), "longshore log lists the files");
  need_landing(loaded.config);
  admin::export_rejects(loaded.config, config::load_feeds(loaded.config), *session, *file, print);
  return Exit::ok;
}

Exit show_rejects(const Arguments& arguments) {
  if (arguments.has("export"))
    return export_records(arguments);
  const std::uint64_t limit = arguments.count("limit", 50, 1, 1'000'000'000);
  const Format format = output_format(arguments.has("json"));
  const config::Loaded loaded = arguments.settings();
  const auto session = open_for_reading(loaded.config);
  need_known_feed(*session, loaded.config, arguments.value_or("feed", ""));

  Listing listing{{{"file_id"},
                   {"file_name"},
                   {"record_no"},
                   {"field"},
                   {"code"},
                   {"reason"},
                   {"value"},
                   {"byte_offset"},
                   {"fault_line"},
                   {"fault_column"},
                   {"raw"}},
                  format};
  std::uint64_t records = 0;
  for (const Found& file : files_with_rejects(*session, arguments)) {
    if (records == limit)
      break;
    store::Value last;  // record_no
    for (auto& row : store::read_rejects(*session, file.file_id, limit - records).rows) {
      records += row[0] == last ? 0 : 1;
      last = row[0];
      if (format == Format::aligned)
        row.back() = clipped(store::as_text(row.back()));
      row.insert(row.begin(), {file.file_id, file.file_name});
      listing.add(std::move(row));
    }
  }
  print(listing.text());
  return Exit::ok;
}

}  // namespace

const Command& rejects_command() {
  static const Command command{
      .name = "rejects",
      .arguments = "[FILE_ID]",
      .most_arguments = 1,
      .summary = "list rejected records",
      .about =
          "Lists rejected records, one line for each fault (at most 8 of a record): the column, the reason, the value found,\n"
          "the place of the fault, and with the first fault the text of the record. With FILE_ID it lists those of one file,\n"
          "without it those of the newest files that have any. At most `stored_rejects` records of each file are stored;\n"
          "longshore log shows their total number.\n\n"
          "--export prints all rejected records of a file, from its archived copy, whose SHA-256 must be that of the ledger.\n"
          "Corrected and moved into the landing directory under a name of the feed, they load. If a column takes the file's\n"
          "name (from = \"name\" or \"path\"), give the new file the same name.",
      .flags = {{"feed", "NAME", "only files of this feed"},
                {"name", "GLOB", "only files whose name matches"},
                {"since", "TIME", "only files whose load began since this time or age: 2026-11-21, 12h, 7d"},
                {"limit", "N", "at most N records [50]"},
                {"json", "", "print one JSON object per fault"},
                {"export", "", "with FILE_ID: print the records whole, one per line, from the archived copy"}},
      .settings = {"landing", "processed", "failed", "work", "database", "schema", "feeds", "disable_feeds",
                   "max_depth", "max_record_bytes", "max_document_bytes"},
      .example = "longshore rejects 17\n"
                 "longshore rejects --name 'vehicles_status_*' --since 1d --json\n"
                 "longshore rejects 17 --export >corrected.json",
      .exits = "0   listed, even if no record was found\n"
               "64  wrong option, an unknown file or an unknown feed; --export: the file has no rejected records\n"
               "65  --export: the archived copy is missing or has changed, or the records cannot stand alone\n"
               "69  the database does not answer\n"
               "78  wrong settings, or the tables do not exist yet",
      .run = show_rejects,
  };
  return command;
}

}  // namespace longshore::cli
