// longshore feeds: lists the feeds, built in and declared by the user.
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/selection.hpp"
#include "feed/feed.hpp"

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

std::string list_text(const Registry& registry, Format format) {
  Listing listing{{{"name"}, {"files"}, {"table"}, {"key"}, {"columns"}, {"latest"}, {"origin"}}, format};
  for (const Feed& feed : registry.feeds())
    listing.add({feed.name, joined(feed.files), feed.table, column_names(feed, feed.key), all_columns(feed),
                 feed.latest ? store::Value{feed.latest->table} : store::Value{}, escape(feed.origin)});
  return listing.text();
}

std::string number_text(double value) { return store::as_text(store::Value{value}); }

std::string cell_text(const Column& column, std::string_view cell) {
  std::string text;
  append_cell_text(text, {column.type.type, false}, cell);
  return text;
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

std::string one_text(const Feed& feed) {
  std::string text = "feed     " + feed.name + "\nfiles    " + joined(feed.files) + "\nrecords  " +
                     pointers(feed.records) + "\ntable    " + feed.table + "\nkey      " +
                     column_names(feed, feed.key) + " record_hash\n";
  if (feed.latest)
    text += "latest   " + feed.latest->table + ", the newest by " + feed.columns[feed.latest->newest].name +
            " of each " + column_names(feed, feed.latest->key) + "\n";
  if (feed.max_rejects)
    text += "rejects  more than " + std::to_string(*feed.max_rejects) + " rejected records fail the file\n";
  return text + "origin   " + escape(feed.origin) + "\n\n" + columns_of(feed, Format::aligned).text();
}

Exit show_feeds(const Arguments& arguments) {
  const config::Loaded loaded = arguments.settings();
  const Registry registry = Registry::load(loaded.config.feeds);
  const bool json = arguments.has("json");
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
      .arguments = "[NAME]",
      .most_arguments = 1,
      .summary = "list the feeds, or explain one",
      .about =
          "Lists the feeds: the file names that each one matches, its table, its key and its columns. With NAME it prints\n"
          "that feed in full. Feeds are built in, or declared in *.toml files of the feeds directory; a declared feed\n"
          "replaces a built-in feed of the same name. An error in a declaration is reported with file and line.",
      .flags = {{"json", "", "print one JSON object per feed; with NAME, per column"}},
      .settings = {"feeds"},
      .example = "longshore feeds\n"
                 "longshore feeds door_events --feeds ./samples/feeds",
      .exits = "0   printed\n"
               "64  wrong option, or an unknown feed\n"
               "78  wrong settings or a wrong feed declaration",
      .run = show_feeds,
  };
  return command;
}

}  // namespace longshore::cli
