// longshore log: lists files with their outcome, from the ledger.
#include "base/time.hpp"
#include "cli/commands.hpp"
#include "cli/database.hpp"
#include "cli/output.hpp"
#include "cli/selection.hpp"

#include <algorithm>

namespace longshore::cli {
namespace {

// the columns in a pipe and in JSON, in this order
constexpr std::string_view k_columns =
    "file_id, file_name, status, feed, sha256, name_values, size_bytes, grew_to, modified_at, attempt, records, rows_loaded, "
    "rows_duplicate, rows_rejected, rows_purged, error, error_offset, error_line, error_column, duplicate_of, first_time, last_time, started_at, "
    "finished_at, archive_path, packed_bytes, purged_at, claim, claimed_at, instance";

store::Value milliseconds_between(const store::Value& from, const store::Value& to) {
  const auto begin = parse_time(store::as_text(from)).micros;
  const auto end = parse_time(store::as_text(to)).micros;
  if (!begin || !end || *end < *begin)
    return {};
  return (*end - *begin) / 1000;
}

std::string for_people(const store::Rows& rows) {
  Listing listing{{{"id", Style::count},
                   {"began"},
                   {"status"},
                   {"file"},
                   {"size", Style::bytes},
                   {"records", Style::count},
                   {"loaded", Style::count},
                   {"duplicate", Style::count},
                   {"rejected", Style::count},
                   {"took", Style::duration_ms},
                   {"error"}},
                  Format::aligned};
  for (const auto& row : rows.rows) {
    const auto at = [&](std::string_view column) -> const store::Value& {
      return row[static_cast<std::size_t>(std::ranges::find(rows.columns, column) - rows.columns.begin())];
    };
    listing.add({at("file_id"), short_time(store::as_text(at("started_at"))), at("status"), at("file_name"),
                 at("size_bytes"), at("records"), at("rows_loaded"), at("rows_duplicate"), at("rows_rejected"),
                 milliseconds_between(at("started_at"), at("finished_at")), at("error")});
  }
  return listing.text();
}

std::string for_machines(const store::Rows& rows, Format format) {
  std::vector<ListingColumn> columns;
  for (const std::string& name : rows.columns)
    columns.push_back({name});
  Listing listing{columns, format};
  for (const auto& row : rows.rows)
    listing.add(row);
  return listing.text();
}

Exit show_log(const Arguments& arguments) {
  const store::LedgerQuery query = ledger_query(arguments);
  const Format format = output_format(arguments.has("json"));
  const config::Loaded loaded = arguments.settings();
  const auto session = open_for_reading(loaded.config);
  need_known_feed(*session, loaded.config, query.feed);
  const store::Rows rows = store::read_ledger(*session, query, k_columns);
  print(format == Format::aligned ? for_people(rows) : for_machines(rows, format));
  return Exit::ok;
}

}  // namespace

const Command& log_command() {
  static const Command command{
      .name = "log",
      .arguments = "",
      .summary = "list files with their outcome",
      .about =
          "Lists files from the ledger (the table ingest_log: one row per file that arrived), newest first. On a terminal it\n"
          "prints the most important columns, aligned; in a pipe all columns, separated by tabs, with a header line. It only\n"
          "reads. The daemon may be running.",
      .flags = ledger_flags(),
      .settings = {"database", "schema", "feeds", "disable_feeds"},
      .example = "longshore log --status failed --since 7d\n"
                 "longshore log --name 'objects_detection_2026*' --json | jq .rows_loaded",
      .exits = "0   listed, even if no file was found\n"
               "64  wrong option, or an unknown feed\n"
               "69  the database does not answer\n"
               "78  wrong settings, or the tables do not exist yet",
      .run = show_log,
  };
  return command;
}

}  // namespace longshore::cli
