// longshore feeds: lists the feeds, built in and declared by the user. Also prints their drift, and proposes new ones.
#include "config/feeds.hpp"

#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/commands.hpp"
#include "cli/database.hpp"
#include "cli/drift_text.hpp"
#include "cli/feeds_infer.hpp"
#include "cli/output.hpp"
#include "cli/selection.hpp"
#include "feed/feed.hpp"

#include <chrono>
#include <cstdint>
#include <cstdio>

namespace longshore::cli {
namespace {

std::string joined(const std::vector<std::string>& words, std::string_view between = " ") {
  std::string text;
  for (const std::string& word : words)
    text += (text.empty() ? "" : std::string{between}) + word;
  return text;
}

std::string column_names(const Feed& feed, const std::vector<std::size_t>& numbers) {
  std::vector<std::string> names;
  names.reserve(numbers.size());
  for (const std::size_t number : numbers)
    names.push_back(feed.columns[number].name);
  return joined(names);
}

std::string all_columns(const Feed& feed) {
  std::vector<std::string> names;
  for (const Column& column : feed.columns)
    names.push_back(column.name);
  return joined(names);
}

// "90d by detection_time"
std::string keep_text(const Feed& feed) { return feed.keep->text + " by " + feed.columns[feed.keep->column].name; }

std::string list_text(const Registry& registry, Format format) {
  Listing listing{{{"name"}, {"files"}, {"table"}, {"key"}, {"columns"}, {"latest"}, {"expect"}, {"keep"}, {"origin"}},
                  format};
  for (const Feed& feed : registry.feeds())
    listing.add({feed.name, joined(feed.files), feed.table,
                 column_names(feed, feed.has_history ? feed.key : feed.latest->key), all_columns(feed),
                 feed.latest ? store::Value{feed.latest->table} : store::Value{},
                 feed.expect ? store::Value{feed.expect->text} : store::Value{},
                 feed.keep ? store::Value{keep_text(feed)} : store::Value{}, escape(feed.origin)});
  return listing.text();
}

std::string duration_text(std::int64_t micros) {
  return format_duration(std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::microseconds{micros}));
}

std::string number_text(double value) { return store::as_text(store::Value{value}); }

std::string cell_text(const Column& column, std::string_view cell) {
  std::string text;
  append_cell_text(text, {column.type.type, false}, cell);
  return escape(text);
}

// "view click", or "v=view c=click".
std::string values_text(const Column& column) {
  std::vector<std::string> words;
  for (const std::string& cell : column.value_list)
    words.push_back(cell_text(column, cell));
  for (const auto& [text, cell] : column.value_names)
    words.push_back(escape(text) + "=" + cell_text(column, cell));
  return joined(words);
}

std::string limits_of(const Column& column) {
  std::string text = column.required ? "" : "nullable";
  const auto add = [&](const std::string& limit) { text += (text.empty() ? "" : ", ") + limit; };
  if (column.type.type == Type::text)
    add("at most " + std::to_string(column.max_length) + " bytes");
  if (column.min)
    add("min " + number_text(*column.min));
  if (column.max)
    add("max " + number_text(*column.max));
  if (column.min_cell)
    add("min " + cell_text(column, *column.min_cell));
  if (column.max_cell)
    add("max " + cell_text(column, *column.max_cell));
  for (const TimeFormat& time_format : column.formats)
    add("format " + escape(time_format.text()));
  if (column.zone)
    add("timezone " + column.zone->name());
  if (column.max_future && *column.max_future != k_any_future)
    add("max_future " + duration_text(*column.max_future));
  if (column.match)
    add("match " + escape(column.match->text()));
  if (column.coerce)
    add("coerce");
  if (column.empty_is_null)
    add("empty is null");
  if (!column.value_list.empty() || !column.value_names.empty())
    add("values " + values_text(column));
  if (column.fallback)
    add("default " + cell_text(column, *column.fallback));
  if (column.constant)
    add("value " + cell_text(column, *column.constant));
  return text;
}

Listing columns_of(const Feed& feed, Format format) {
  Listing listing{{{"column"}, {"type"}, {"from"}, {"limits"}}, format};
  for (const Column& column : feed.columns)
    listing.add({column.name, type_text(column.type), joined(column.from), limits_of(column)});
  return listing;
}

std::string quoted(const std::string& text) { return '"' + text + '"'; }

// Each in quotes, because "" is also a pointer: to the whole document.
std::string pointers(const std::vector<std::string>& records) {
  std::vector<std::string> quotes;
  quotes.reserve(records.size());
  for (const std::string& pointer : records)
    quotes.push_back(quoted(pointer));
  return joined(quotes);
}

// A printable character in quotes, or its escape.
std::string character(char c) { return c == '\t' ? "\"\\t\"" : quoted({&c, 1}); }

std::string form_text(const CsvForm& form) {
  return "CSV, delimiter " + character(form.delimiter) + ", " +
         (form.quote ? "quote " + character(*form.quote) : "no quotes") + ", " + (form.header ? "" : "no ") + "header" +
         (form.final_newline ? "" : ", the last line break may be missing");
}

std::string source_text(const Feed& feed) {
  return feed.csv ? "format   " + form_text(*feed.csv) : "records  " + pointers(feed.records);
}

std::string one_text(const Feed& feed) {
  std::string text = "feed     " + feed.name + "\nfiles    " + joined(feed.files) + "\n" + source_text(feed) + "\n";
  if (feed.has_history)
    text += "table    " + feed.table + "\nkey      " + column_names(feed, feed.key) + " record_hash\n";
  if (feed.latest)
    text += "latest   " + feed.latest->table + ", the newest by " + feed.columns[feed.latest->newest].name +
            " of each " + column_names(feed, feed.latest->key) + (feed.has_history ? "" : ", and no history") + "\n";
  if (feed.max_rejects)
    text += "rejects  more than " + std::to_string(*feed.max_rejects) + " rejected records fail the file\n";
  if (feed.expect)
    text += "expect   " + feed.expect->text + ", else the feed is late\n";
  if (feed.keep)
    text += "keep     " + keep_text(feed) + ": older rows are removed, older records are rejected\n";
  return text + "origin   " + escape(feed.origin) + "\n\n" + columns_of(feed, Format::aligned).text();
}

Exit show_drift(const Arguments& arguments) {
  if (arguments.positional().size() != 2)
    throw usage_error("feeds drift needs the name of one feed", "longshore feeds lists the feeds");
  const config::Loaded loaded = arguments.settings();
  const Registry registry = config::load_feeds(loaded.config);
  const Feed& feed = need_feed(registry, arguments.positional()[1]);
  const auto session = open_for_reading(loaded.config);
  const auto rows = unread_by(feed, store::read_drift(*session, feed.name));
  print(arguments.has("json") ? drift_listing(rows).text() : drift_text(feed, rows));
  return Exit::ok;
}

Exit show_feeds(const Arguments& arguments) {
  const std::string action = arguments.positional().empty() ? "" : arguments.positional().front();
  if (action == "drift")
    return show_drift(arguments);
  if (action == "infer")
    return infer_feed(arguments);
  if (arguments.positional().size() > 1)
    throw usage_error("unknown action \"" + escape_clipped(action, 100) + "\"",
                      "longshore feeds NAME, feeds drift NAME, or feeds infer FILE...");
  const config::Loaded loaded = arguments.settings();
  const Registry registry = config::load_feeds(loaded.config);
  const bool json = arguments.has("json");
  for (const std::string& warning : registry.shadowed())
    std::fprintf(stderr, "longshore: %s\n", warning.c_str());
  if (arguments.positional().empty()) {
    print(list_text(registry, output_format(json)));
    return Exit::ok;
  }
  const Feed& feed = need_feed(registry, arguments.positional().front());
  print(json ? columns_of(feed, Format::json).text() : one_text(feed));
  return Exit::ok;
}

}  // namespace

const Command& feeds_command() {
  static const Command command{
      .name = "feeds",
      .arguments = "[NAME | drift NAME | infer FILE...]",
      .most_arguments = k_any_number,
      .summary = "list the feeds, explain one, or propose one for files",
      .about =
          "Lists the feeds: the file names that each one matches, its table, its key, its columns, how often it expects\n"
          "a file, and how long it keeps rows. With NAME it prints that feed in full. Feeds are built in, or declared in *.toml files of the feeds\n"
          "directory; a declared feed replaces a built-in feed of the same name. An error in a declaration is reported with\n"
          "file and line.\n\n"
          "drift NAME prints a column for each member in the loaded files that no column of the feed reads, with a type\n"
          "that reads all of their values, ready to be added to the declaration. Members that the declaration reads now are\n"
          "left out. The daemon writes the counts once a minute and at its end.\n\n"
          "infer prints the declaration of a feed that loads the given files, JSON or CSV, also compressed: names, types, a\n"
          "key, and doubts as comments. It reads the first 64 MiB of each file.",
      .flags = {{"json", "", "print one JSON object per feed; with NAME, per column; with drift, per member"},
                {"all", "", "infer: read the files whole"}},
      .settings = {"database", "schema", "feeds", "disable_feeds"},
      .example = "longshore feeds\n"
                 "longshore feeds door_events --feeds ./samples/feeds\n"
                 "longshore feeds drift vehicles_status\n"
                 "longshore feeds infer trips_*.csv > /etc/longshore/feeds.d/trips.toml",
      .exits = "0   printed, even if there is no drift\n"
               "64  wrong option, or an unknown feed\n"
               "65  infer: a file is neither JSON nor CSV, or contains no records\n"
               "69  drift: the database does not answer\n"
               "78  wrong settings or a wrong feed declaration",
      .run = show_feeds,
  };
  return command;
}

}  // namespace longshore::cli
