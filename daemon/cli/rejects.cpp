// longshore rejects: the records that could not become rows, with the reason and what stood in the file.
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/database.hpp"
#include "cli/ledger_query.hpp"
#include "cli/need_feed.hpp"
#include "cli/output.hpp"

#include <charconv>

namespace longshore::cli {
namespace {

constexpr std::size_t k_raw_for_eyes = 100;  // bytes

std::optional<std::int64_t> file_id_of(const Arguments& arguments) {
  if (arguments.positional().empty())
    return {};
  const std::string& text = arguments.positional().front();
  std::int64_t id = 0;
  const auto [rest, fault] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (fault != std::errc{} || rest != text.data() + text.size())
    throw usage_error("\"" + escape_clipped(text, 100) + "\" is no file_id",
                      "longshore log shows them; names go by --name");
  return id;
}

// The files to look into, newest first: file_id, file_name. As many as records are wanted, for each has one at least.
store::Rows files_with_rejects(store::Session& session, const Arguments& arguments) {
  static constexpr std::string_view k_columns = "file_id, file_name";
  if (const auto id = file_id_of(arguments)) {
    store::Rows rows =
        session.exec("select " + std::string{k_columns} + " from ingest_log where file_id = $1", {store::Value{*id}});
    if (rows.empty())
      throw usage_error("the ledger has no file " + std::to_string(*id), "longshore log lists them");
    return rows;
  }
  LedgerQuery query = ledger_query(arguments);
  query.with_rejects = true;
  return read_ledger(session, query, k_columns);
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
  for (const auto& file : files_with_rejects(*session, arguments).rows) {
    const auto wanted = static_cast<std::int64_t>(limit - listing.size());
    if (wanted == 0)
      break;
    store::Rows rows = session->exec(
        "select record_no, byte_offset, field, reason, raw from ingest_rejects where file_id = $1 order by record_no, field limit $2",
        {file[0], store::Value{wanted}});
    for (const auto& row : rows.rows)
      listing.add({file[0], file[1], row[0], row[1], row[2], row[3],
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
