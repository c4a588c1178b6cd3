// Reads a feed from its TOML declaration. Refuses every declaration that would fail later, in the DDL of a table or in
// the decoder. The error names file, line and remedy.
#include "base/error.hpp"
#include "base/toml.hpp"
#include "feed/declaration_hash.hpp"
#include "feed/feed.hpp"
#include "feed/read_column.hpp"
#include "feed/read_csv.hpp"
#include "feed/reserved_names.hpp"
#include "feed/toml_values.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace longshore {
namespace {

constexpr std::string_view k_expect = "expect";
constexpr std::string_view k_history = "history";
constexpr std::array<std::string_view, 12> k_feed_keys = {
    "name", "files", "records", "table", "key", "columns", "latest", "max_rejects", k_expect, k_history, "keep", "by"};
constexpr std::array<std::string_view, 3> k_latest_keys = {"table", "key", "newest"};
constexpr std::string_view k_feed_hint = "a feed has name, files, records, table, key and columns";
constexpr std::string_view k_latest_hint = "latest = { table = \"…\", key = [\"…\"], newest = \"…\" }";

std::string read_table_name(const toml::node& node) {
  std::string text = read_identifier(node, "table");
  if (is_reserved_table(text))
    throw DeclarationFault{node.source(), "table \"" + shown(text) + "\" is reserved", "choose another name"};
  return text;
}

// "/events", "/vehicles/*/events": each "*" is a whole token.
bool is_record_pointer(const std::string& pointer) {
  for (std::size_t star = 0; (star = pointer.find('*', star)) != std::string::npos; ++star)
    if (star == 0 || pointer[star - 1] != '/' || (star + 1 < pointer.size() && pointer[star + 1] != '/'))
      return false;
  return pointer.empty() || pointer[0] == '/';
}

std::vector<std::string> read_record_pointers(const toml::node& node) {
  std::vector<std::string> pointers = read_strings(node, "records");
  for (const std::string& pointer : pointers)
    if (!is_record_pointer(pointer))
      throw DeclarationFault{node.source(), "records \"" + shown(pointer) + "\" is not a JSON Pointer to an array",
                             "for example \"/events\", or \"\" if the root is the array or each line is a record"};
  return pointers;
}

void read_columns(Feed& feed, const toml::node& node) {
  const toml::array* array = node.as_array();
  if (!array || array->empty())
    throw DeclarationFault{node.source(), "columns is not a list of columns",
                           "columns = [ { name = \"…\", from = \"/…\", type = \"text\" }, … ]"};
  for (const toml::node& element : *array) {
    Column column = read_column(element);
    for (const Column& other : feed.columns) {
      if (other.name == column.name)
        throw DeclarationFault{element.source(), "column \"" + column.name + "\" is declared twice",
                               "give each column a different name"};
      if (other.is_rest() && column.is_rest())
        throw DeclarationFault{element.source(), "two columns take the rest of the record",
                               "use `from = \"*\"` in only one column"};
    }
    feed.columns.push_back(std::move(column));
  }
}

std::size_t column_number(const Feed& feed, const toml::node& node, const std::string& name) {
  const auto found = std::ranges::find(feed.columns, name, &Column::name);
  if (found == feed.columns.end())
    throw DeclarationFault{node.source(), "unknown column \"" + shown(name) + "\"", "declare it in columns"};
  return static_cast<std::size_t>(found - feed.columns.begin());
}

std::vector<std::size_t> read_key(const Feed& feed, const toml::node& node, const std::string& what) {
  std::vector<std::size_t> key;
  for (const std::string& name : read_strings(node, what)) {
    const std::size_t i = column_number(feed, node, name);
    if (std::ranges::find(key, i) != key.end())
      throw DeclarationFault{node.source(), what + " names \"" + shown(name) + "\" twice", "name each column once"};
    if (!feed.columns[i].required || !is_ordered(feed.columns[i].type))
      throw DeclarationFault{node.source(), "column \"" + shown(name) + "\" cannot be in a key",
                             "a key column is required, and is neither an array nor jsonb nor numeric"};
    key.push_back(i);
  }
  return key;
}

Latest read_latest(const Feed& feed, const toml::node& node) {
  const toml::table* table = node.as_table();
  if (!table)
    throw DeclarationFault{node.source(), "latest is not a table", std::string{k_latest_hint}};
  allow_keys(*table, k_latest_keys);
  Latest latest;
  latest.table = read_table_name(need(*table, "table", k_latest_hint));
  if (feed.has_history && latest.table == feed.table)
    throw DeclarationFault{node.source(), "latest uses the table of the feed",
                           "choose another name: all rows and latest rows need different tables"};
  latest.key = read_key(feed, need(*table, "key", k_latest_hint), "latest.key");
  const toml::node& newest = need(*table, "newest", k_latest_hint);
  latest.newest = read_key(feed, newest, "latest.newest").front();
  if (std::ranges::find(latest.key, latest.newest) != latest.key.end())
    throw DeclarationFault{newest.source(), "newest is part of latest.key",
                           "newest must differ between rows of one key"};
  return latest;
}

// Only latest rows: no option of the history may be given, because it would have no effect.
void read_latest_only(Feed& feed, const toml::table& root) {
  const toml::node& history = *root.get(k_history);
  for (const std::string_view key : {"table", "key", "keep", "by"})
    if (const toml::node* node = root.get(key))
      throw DeclarationFault{node->source(),
                             std::string{key} + " belongs to the history, which this feed does not keep",
                             "remove it, or remove `history = false`"};
  const toml::node* latest = root.get("latest");
  if (!latest)
    throw DeclarationFault{history.source(), "a feed without a history needs `latest`", std::string{k_latest_hint}};
  feed.latest = read_latest(feed, *latest);
  feed.table = feed.latest->table;
  feed.key = feed.latest->key;
  feed.key.push_back(feed.latest->newest);
}

// One fault that names several.
DeclarationFault all_of(const std::vector<DeclarationFault>& faults) {
  DeclarationFault all = faults.front();
  for (const DeclarationFault& fault : std::span{faults}.subspan(1)) {
    all.what += "; line " + std::to_string(fault.where.begin.line) + ": " + fault.what;
    if (fault.hint != all.hint)
      all.hint += "; " + fault.hint;
  }
  return all;
}

Expect read_expect(const toml::node& node) {
  const std::string text = read_string(node, "expect");
  auto expect = parse_expect(text);
  if (!expect)
    throw DeclarationFault{
        node.source(), "expect \"" + shown(text) + "\" is neither an interval nor a time of day",
        "for example \"15m\" (1s to 366d), \"daily 06:00\" in UTC, or \"daily 06:00 Europe/Berlin\""};
  return *std::move(expect);
}

constexpr std::string_view k_keep_hint = "for example keep = \"90d\", by = \"detection_time\"";

// Both options are wrong in ways of their own: all faults are named together, at the line of the first.
std::optional<Keep> read_keep(const Feed& feed, const toml::table& root) {
  const toml::node* const keep_node = root.get("keep");
  const toml::node* const by_node = root.get("by");
  if (!keep_node && !by_node)
    return {};
  std::vector<DeclarationFault> faults;
  const auto try_to = [&](auto read) {
    try {
      read();
    } catch (const DeclarationFault& fault) {
      faults.push_back(fault);
    }
  };
  std::optional<Keep> keep;
  std::size_t by = 0;
  try_to([&] {
    if (!keep_node)
      throw DeclarationFault{by_node->source(), "by without keep", std::string{k_keep_hint}};
    const std::string text = read_string(*keep_node, "keep");
    keep = parse_keep(text);
    if (!keep)
      throw DeclarationFault{keep_node->source(), "keep \"" + shown(text) + "\" is not a time from 1d to 36525d",
                             std::string{k_keep_hint}};
  });
  try_to([&] {
    if (!by_node)
      throw DeclarationFault{keep_node->source(), "keep without by",
                             "by names the timestamp column that says how old a row is"};
    const std::string name = read_string(*by_node, "by");
    by = column_number(feed, *by_node, name);
    const Column& column = feed.columns[by];
    if (column.type.type != Type::timestamp || column.type.array || !column.required)
      throw DeclarationFault{by_node->source(),
                             "by \"" + shown(name) + "\" is " + (column.required ? "" : "a nullable ") +
                                 type_text(column.type) + ", which cannot say how old each row is",
                             "by is a required column of type timestamp"};
  });
  if (!faults.empty())
    throw all_of(faults);
  keep->column = by;
  return keep;
}

// Whether so many levels up from a record at this pointer is an object. The last level is the root.
bool leads_to_object(std::string_view records, std::size_t levels) {
  std::size_t level = 2;
  for (; !records.empty() && level < levels; ++level)
    records = records.substr(0, records.rfind('/'));
  return levels > 1 && level == levels && !records.empty() && !records.ends_with("/*");
}

void check_relative_pointers(const Feed& feed, const toml::array& nodes) {
  for (std::size_t i = 0; i < feed.columns.size(); ++i)
    for (const std::string& from : feed.columns[i].from)
      if (const auto relative = relative_pointer(from))
        if (std::ranges::none_of(
                feed.records, [&](const std::string& records) { return leads_to_object(records, relative->levels); }))
          throw DeclarationFault{nodes[i].source(), "from \"" + shown(from) + "\" leads to no object around a record",
                                 "0 is the record, 1 the array of records, 2 the object that holds this array"};
}

// One alternative fills a whole group, so all columns of a group must have the same alternatives.
void check_groups(const Feed& feed, const toml::array& nodes) {
  for (const auto& group : column_groups(feed)) {
    const Column& first = feed.columns[group[0]];
    for (const std::size_t i : group) {
      const Column& column = feed.columns[i];
      const bool fits = column.from.size() == first.from.size() &&
                        std::ranges::equal(column.from, first.from, {}, array_prefix, array_prefix);
      if (!fits)
        throw DeclarationFault{nodes[i].source(),
                               "columns \"" + first.name + "\" and \"" + column.name +
                                   "\" go through one array, but their alternatives differ",
                               "give both the same number of pointers in `from`, through the same arrays"};
    }
  }
}

// "/a/*/x" and "/a/0" read one element in two ways, and one node of the decoder's tree has room for one.
void check_indexes(const Feed& feed, const toml::array& nodes) {
  const auto for_each_pointer = [&](auto use) {
    for (std::size_t i = 0; i < feed.columns.size(); ++i)
      for (const std::string& pointer : feed.columns[i].from)
        use(i, pointer);
  };
  const auto has_index_at = [](std::string_view pointer, std::string_view array) {
    if (!pointer.starts_with(array) || pointer.substr(array.size(), 1) != "/")
      return false;
    pointer.remove_prefix(array.size() + 1);
    return array_index(pointer.substr(0, pointer.find('/'))).has_value();
  };
  for_each_pointer([&](std::size_t, std::string_view through) {
    const std::string_view array = array_prefix(through);
    for_each_pointer([&](std::size_t i, std::string_view other) {
      if (!array.empty() && has_index_at(other, array))
        throw DeclarationFault{nodes[i].source(),
                               "\"" + shown(other) + "\" reads an element of an array by its index, \"" +
                                   shown(through) + "\" all elements of the same array",
                               "read all elements with \"*\", or each one by its index"};
    });
  });
}

Feed read_feed(const toml::table& root, const std::string& origin) {
  const auto needed = [&](std::string_view key) -> const toml::node& { return need(root, key, k_feed_hint); };
  std::vector<std::string_view> known{k_feed_keys.begin(), k_feed_keys.end()};
  known.insert(known.end(), csv_keys().begin(), csv_keys().end());
  allow_keys(root, known);
  Feed feed;
  feed.origin = origin;
  feed.name = read_identifier(needed("name"), "name");
  feed.files = read_strings(needed("files"), "files");
  feed.csv = read_csv_form(root);
  if (!feed.csv)
    feed.records = read_record_pointers(needed("records"));
  if (const toml::node* history = root.get(k_history))
    feed.has_history = read_bool(*history, std::string{k_history}, "true is the default");
  if (feed.has_history)
    feed.table = read_table_name(needed("table"));
  read_columns(feed, needed("columns"));
  if (feed.has_history) {
    feed.key = read_key(feed, needed("key"), "key");
    if (const toml::node* latest = root.get("latest"))
      feed.latest = read_latest(feed, *latest);
  } else {
    read_latest_only(feed, root);
  }
  if (const toml::node* limit = root.get("max_rejects"))
    feed.max_rejects = read_count(*limit, "max_rejects");
  if (const toml::node* expect = root.get(k_expect))
    feed.expect = read_expect(*expect);
  feed.keep = read_keep(feed, root);
  complete(feed);
  const toml::array& nodes = *root.get("columns")->as_array();
  if (feed.csv)
    check_csv_columns(feed, nodes);
  check_groups(feed, nodes);
  check_indexes(feed, nodes);
  if (!feed.csv)
    check_relative_pointers(feed, nodes);
  return feed;
}

}  // namespace

Feed parse_feed(std::string_view toml, const std::string& origin) {
  toml::table root = parse_toml(toml, origin);
  try {
    Feed feed = read_feed(root, origin);
    root.erase(k_expect);
    if (feed.has_history)
      root.erase(k_history);  // the default
    feed.declaration = declaration_hash(root);
    return feed;
  } catch (const DeclarationFault& fault) {
    throw Error(Fault::fatal, toml_place(origin, fault.where) + ": " + fault.what)
        .with_hint(fault.hint)
        .exits(Exit::config);
  }
}

}  // namespace longshore
