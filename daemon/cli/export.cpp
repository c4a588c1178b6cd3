// longshore export: writes the rows of a feed as CSV or NDJSON.
#include "admin/export/export.hpp"

#include "base/text.hpp"
#include "base/time.hpp"
#include "cli/commands.hpp"
#include "cli/database.hpp"
#include "cli/output.hpp"
#include "cli/selection.hpp"
#include "config/feeds.hpp"
#include "config/suggestion.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <filesystem>

#include <sys/stat.h>
#include <unistd.h>

namespace longshore::cli {
namespace {

constexpr std::string_view k_standard_output = "-";

// One line on a terminal, overwritten up to four times a second, and removed at the end.
class RowProgress {
 public:
  explicit RowProgress(bool is_shown) : m_is_shown(is_shown) {}
  RowProgress(const RowProgress&) = delete;
  ~RowProgress() {
    if (m_last != std::chrono::steady_clock::time_point{})
      std::fputs("\r\033[K", stderr);
  }

  void show(std::uint64_t rows) {
    const auto now = std::chrono::steady_clock::now();
    if (!m_is_shown || now - m_last < std::chrono::milliseconds{250})
      return;
    m_last = now;
    std::fprintf(stderr, "\r%s rows \033[K", human_count(rows).c_str());
  }

 private:
  bool m_is_shown;
  std::chrono::steady_clock::time_point m_last{};
};

// The value of an option that is one of two words.
template <class Choice>
Choice choice_of(std::string_view flag, const std::string& word,
                 const std::array<std::pair<std::string_view, Choice>, 2>& choices) {
  for (const auto& [name, choice] : choices)
    if (word == name)
      return choice;
  const std::array<std::string_view, 2> names = {choices[0].first, choices[1].first};
  throw usage_error("--" + std::string{flag} + ": \"" + escape_clipped(word, 100) + "\" is unknown",
                    config::did_you_mean(word, names, std::string{names[0]} + " or " + std::string{names[1]}));
}

Compression compression_for(const Arguments& arguments, const std::string& output) {
  if (const auto word = arguments.value("compress"))
    return choice_of<Compression>("compress", *word, {{{"gzip", Compression::gzip}, {"zstd", Compression::zstd}}});
  return compression_of(output);
}

// A file with such a suffix would not be what it says.
void refuse_other_formats(const std::string& output) {
  constexpr std::array<std::string_view, 8> k_others = {".parquet", ".bz2",  ".xz",  ".zip",
                                                        ".lz4",     ".avro", ".orc", ".xlsx"};
  for (const std::string_view other : k_others)
    if (output.ends_with(other))
      throw usage_error("--output: longshore does not write " + std::string{other} + " files",
                        "csv or ndjson, with .gz or .zst; packaging/tasks/parquet makes Parquet of them");
}

admin::RowFormat format_for(const Arguments& arguments, const std::string& output) {
  if (const auto word = arguments.value("format"))
    return choice_of<admin::RowFormat>("format", *word,
                                       {{{"csv", admin::RowFormat::csv}, {"ndjson", admin::RowFormat::ndjson}}});
  std::string_view name = output;
  name.remove_suffix(suffix_of(compression_of(output)).size());
  return name.ends_with(".ndjson") || name.ends_with(".jsonl") ? admin::RowFormat::ndjson : admin::RowFormat::csv;
}

bool is_of_time(const Column& column) {
  return !column.type.array && (column.type.type == Type::timestamp || column.type.type == Type::date);
}

// The column of the range and of the partitions.
std::optional<std::size_t> time_column(const Arguments& arguments, const Feed& feed) {
  const auto name = arguments.value("by");
  if (!name)
    return feed.time_column;
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < feed.columns.size(); ++i) {
    if (!is_of_time(feed.columns[i]))
      continue;
    if (feed.columns[i].name == *name)
      return i;
    names.push_back(feed.columns[i].name);
  }
  throw usage_error("--by: \"" + escape_clipped(*name, 100) + "\" is not a timestamp or date of the feed \"" +
                        feed.name + "\"",
                    config::did_you_mean(*name, names, "longshore feeds " + feed.name + " lists its columns"));
}

std::optional<std::int64_t> bound(const Arguments& arguments, std::string_view flag) {
  const auto text = arguments.value(flag);
  return text ? parse_time(since_time(*text, flag)).micros : std::nullopt;
}

store::RowRange range_of(const Arguments& arguments, const Feed& feed) {
  const bool wants_latest = arguments.has("latest");
  if (wants_latest && !feed.latest)
    throw usage_error("--latest: the feed \"" + feed.name + "\" has no latest table", "leave --latest out");
  store::RowRange range;
  range.table = wants_latest || !feed.has_history ? feed.latest->table : feed.table;
  range.by = time_column(arguments, feed);
  range.since = bound(arguments, "since");
  range.until = bound(arguments, "until");
  for (const char* const flag : {"since", "until", "partition"})
    if (!range.by && arguments.has(flag))
      throw usage_error("--" + std::string{flag} + ": the feed \"" + feed.name + "\" has no time in its key",
                        "--by names a timestamp or date of the feed");
  if (range.since && range.until && *range.since >= *range.until)
    throw usage_error("--since is not before --until", "--until is the first time that is not exported");
  return range;
}

// A directory that was there, or is created; its own parent must exist.
void need_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0777) != 0 && errno != EEXIST)
    throw Error(Fault::fatal, system_error(errno, "create directory " + escape(path)).what())
        .with_hint("create its parent first, or name another directory: --output DIR")
        .exits(Exit::cannot_create);
  if (!std::filesystem::is_directory(path))
    throw usage_error("--output: \"" + escape(path) + "\" is not a directory",
                      "--partition date writes DIR/date=YYYY-MM-DD/… below it");
}

admin::ExportRequest request_of(const Arguments& arguments, const Feed& feed) {
  admin::ExportRequest request;
  request.rows = range_of(arguments, feed);
  request.output = arguments.value_or("output", std::string{k_standard_output});
  refuse_other_formats(request.output);
  request.format = format_for(arguments, request.output);
  request.compression = compression_for(arguments, request.output);
  if (const auto word = arguments.value("partition")) {
    if (*word != "date")
      throw usage_error("--partition: \"" + escape_clipped(*word, 100) + "\" is unknown", "--partition date");
    if (request.output == k_standard_output)
      throw usage_error("--partition needs a directory", "--output DIR");
    request.by_date = true;
  }
  return request;
}

void list_files(const std::vector<admin::ExportedFile>& files, bool json) {
  Report report{{{"file"}, {"rows", Style::count}, {"bytes", Style::bytes}}, output_format(json)};
  for (const admin::ExportedFile& file : files)
    report.add({escape(file.path), as_value(file.rows), as_value(file.bytes)});
  report.finish();
}

Exit export_rows(const Arguments& arguments) try {
  if (!arguments.has("feed"))
    throw usage_error("missing option --feed", "longshore feeds lists the feeds");
  const config::Loaded loaded = arguments.settings();
  const Registry registry = config::load_feeds(loaded.config);
  const Feed& feed = need_feed(registry, *arguments.value("feed"));
  const admin::ExportRequest request = request_of(arguments, feed);
  const bool is_printed = request.output == k_standard_output;
  const auto session = open_for_reading(loaded.config);
  if (request.by_date)
    need_directory(request.output);
  std::vector<admin::ExportedFile> files;
  {
    RowProgress progress{::isatty(STDERR_FILENO) == 1 && !(is_printed && ::isatty(STDOUT_FILENO) == 1)};
    files = admin::export_feed(*session, feed, request, [&](std::uint64_t rows) { progress.show(rows); });
  }
  if (!is_printed)
    list_files(files, arguments.has("json"));
  return Exit::ok;
} catch (const Error& error) {
  // the reader of a pipe has what it wants; a parent may have SIGPIPE ignored, and then nothing has ended this process
  if (error.code() == "EPIPE")
    return Exit::io_error;
  throw as_exit(error);
}

}  // namespace

const Command& export_command() {
  static const Command command{
      .name = "export",
      .arguments = "",
      .summary = "write the rows of a feed as CSV or NDJSON",
      .about =
          "Writes the rows of a feed's table to standard output or to a file: the columns of the feed in their declared\n"
          "order, then file_id. The rows are those of one moment, also while the daemon loads. It only reads.\n\n"
          "  csv     RFC 4180 with a header; NULL is an empty field, the empty text is \"\"; arrays and jsonb are JSON text\n"
          "  ndjson  one JSON object per line; numbers, booleans, arrays and jsonb are JSON values\n\n"
          "Times are UTC: 2026-01-01T08:00:00.000000Z. --since and --until select by the column --by: rows at or after\n"
          "--since, and before --until. Exports of adjacent ranges have each row once.\n\n"
          "A file gets its name when it is complete and on the disk, and replaces an existing file. If the command fails\n"
          "or is killed, the existing file is unchanged. With --output it lists the files that it has written.\n\n"
          "--partition date sorts the rows and writes DIR/date=YYYY-MM-DD/FEED.csv for each date (UTC) that has rows, as\n"
          "Hive, Spark and DuckDB read it. Files of other dates in DIR are left alone.",
      .flags = {{"feed", "NAME", "the feed"},
                {"since", "TIME", "only rows from this time or age on: 2026-11-21, 2026-11-21T08:00:00Z, 12h, 7d"},
                {"until", "TIME", "only rows before this time or age"},
                {"by", "COLUMN",
                 "the time of the row, a timestamp or date [the feed's time: `newest`, or that of its key]"},
                {"latest", "", "the newest row of each key, from the feed's latest table"},
                {"format", "csv|ndjson", "[by the suffix of --output, else csv]"},
                {"compress", "gzip|zstd", "[by the suffix of --output: .gz or .zst, else none]"},
                {"output", "FILE", "write this file; with --partition, into this directory [standard output]"},
                {"partition", "date", "write one file per date"},
                {"json", "", "list the files written as one JSON object each"}},
      .settings = {"database", "schema", "feeds", "disable_feeds"},
      .example = "longshore export --feed objects_detection --since 1d --format ndjson | jq .vehicle_id\n"
                 "longshore export --feed vehicles_status --latest --output fleet.csv\n"
                 "longshore export --feed objects_detection --since 2026-11-01 --until 2026-12-01 --partition date \\\n"
                 "  --compress zstd --output /srv/export",
      .exits = "0   written, even if no row was found\n"
               "64  wrong option, or an unknown feed\n"
               "69  the database does not answer\n"
               "73  the file cannot be created\n"
               "74  writing failed, for example because the disk is full; or the reader of the pipe has ended\n"
               "75  the database was busy: run the command again\n"
               "77  no permission to write the file\n"
               "78  wrong settings, or the tables do not exist yet",
      .run = export_rows,
  };
  return command;
}

}  // namespace longshore::cli
