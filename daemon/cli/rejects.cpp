// longshore rejects: the records that could not become rows, with the reason and what stood in the file.
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/database.hpp"
#include "cli/output.hpp"
#include "cli/selection.hpp"

#include <vector>

namespace longshore::cli {
namespace {

constexpr std::size_t k_raw_for_eyes = 100;  // bytes

struct Found {
  std::int64_t file_id;
  std::string file_name;
};

// The files to read, newest first. As many as records are wanted, because each has at least one.
std::vector<Found> files_with_rejects(store::Session& session, const Arguments& arguments) {
  if (!arguments.positional().empty()) {
    const std::int64_t id = file_id_of(arguments.positional().front(), "longshore log shows them; names go by --name");
    const auto file = store::read_file(session, id);
    if (!file)
      throw usage_error("the ledger has no file " + std::to_string(id), "longshore log lists them");
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
  return raw.size() <= k_raw_for_eyes ? raw : std::string{clip_utf8(raw, k_raw_for_eyes)} + "…";
}

Exit show_rejects(const Arguments& arguments) {
  const std::uint64_t limit = arguments.count("limit", 50, 1, 1'000'000'000);
  const Format format = output_format(arguments.has("json"));
  const config::Loaded loaded = arguments.settings();
  const auto session = open_for_reading(loaded.config);
  need_known_feed(*session, loaded.config, arguments.value_or("feed", ""));

  Listing listing{{{"file_id"}, {"file_name"}, {"record_no"}, {"byte_offset"}, {"field"}, {"reason"}, {"raw"}}, format};
  for (const Found& file : files_with_rejects(*session, arguments)) {
    const std::uint64_t wanted = limit - listing.size();
    if (wanted == 0)
      break;
    for (const auto& row : store::read_rejects(*session, file.file_id, wanted).rows)
      listing.add({file.file_id, file.file_name, row[0], row[1], row[2], row[3],
                   format == Format::aligned ? store::Value{clipped(store::as_text(row[4]))} : row[4]});
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
      .summary = "records that could not become rows",
      .about =
          "Lists rejected records with their position in the file, the reason and the record's text: of one file, or of\n"
          "the newest files that have any. A file keeps at most `stored_rejects` of them; its ledger row counts all.",
      .flags = {{"feed", "NAME", "only files of this feed"},
                {"name", "GLOB", "only files whose name matches"},
                {"since", "TIME", "only files that began after a time, or not longer ago: 2026-11-21, 12h, 7d"},
                {"limit", "N", "at most so many records [50]"},
                {"json", "", "one JSON object a line"}},
      .settings = {"database", "feeds"},
      .example = "longshore rejects 17\n"
                 "longshore rejects --name 'vehicles_status_*' --since 1d --json",
      .exits = "0   listed, also when there are none\n"
               "64  bad option, no such file, or no such feed\n"
               "69  the database does not answer\n"
               "78  bad settings, or no tables yet",
      .run = show_rejects,
  };
  return command;
}

}  // namespace longshore::cli
