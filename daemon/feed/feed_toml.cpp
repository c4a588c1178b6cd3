// A feed from its TOML declaration. Everything that could go wrong later, in a table's DDL or in the decoder, is refused
// here, with the line and the remedy.
#include "base/error.hpp"
#include "base/text.hpp"
#include "base/toml.hpp"
#include "feed/feed.hpp"

#include <algorithm>
#include <initializer_list>

namespace longshore {
namespace {

std::string shown(std::string_view text) { return escape_clipped(text, 256); }

class Declaration {
 public:
  Declaration(std::string_view text, std::string origin)
      : m_origin(std::move(origin)), m_root(parse_toml(text, m_origin)) {}

  Feed feed() {
    allow(m_root, {"name", "files", "records", "table", "key", "columns", "latest", "max_rejects"});
    Feed feed;
    feed.origin = m_origin;
    feed.name = identifier(need(m_root, "name"), "name");
    feed.files = strings(need(m_root, "files"), "files");
    feed.records = record_pointers(need(m_root, "records"));
    feed.table = table_name(need(m_root, "table"));
    read_columns(feed, need(m_root, "columns"));
    feed.key = key_columns(feed, need(m_root, "key"), "key");
    if (const toml::node* latest = m_root.get("latest"))
      feed.latest = read_latest(feed, *latest);
    if (const toml::node* limit = m_root.get("max_rejects"))
      feed.max_rejects = count(*limit, "max_rejects");
    complete(feed);
    check_groups(feed);
    return feed;
  }

 private:
  Error refuse(const toml::source_region& where, const std::string& what, std::string hint) const {
    return Error(Fault::fatal, toml_place(m_origin, where) + ": " + what)
        .with_hint(std::move(hint))
        .exits(Exit::config);
  }

  void allow(const toml::table& table, std::initializer_list<std::string_view> known) const {
    for (const auto& [key, value] : table) {
      if (std::ranges::find(known, key.str()) != known.end())
        continue;
      std::string hint = "known here:";
      for (const std::string_view word : known)
        (hint += ' ') += word;
      throw refuse(key.source(), "\"" + shown(key.str()) + "\" is no setting of a feed", hint);
    }
  }

  const toml::node& need(const toml::table& table, std::string_view key) const {
    if (const toml::node* node = table.get(key))
      return *node;
    throw refuse(table.source(), "\"" + std::string{key} + "\" is missing",
                 "a feed declares name, files, records, table, key and columns");
  }

  std::string string(const toml::node& node, const std::string& what) const {
    if (const auto* text = node.as_string())
      return text->get();
    throw refuse(node.source(), what + " is no string", "write it in quotes");
  }

  std::vector<std::string> strings(const toml::node& node, const std::string& what) const {
    std::vector<std::string> out;
    if (const toml::array* array = node.as_array())
      for (const toml::node& element : *array)
        out.push_back(string(element, "an element of " + what));
    else
      out.push_back(string(node, what));
    if (out.empty())
      throw refuse(node.source(), what + " is empty", "name at least one");
    return out;
  }

  std::uint64_t count(const toml::node& node, const std::string& what) const {
    const auto value = node.value_exact<std::int64_t>();
    if (!value || *value < 0)
      throw refuse(node.source(), what + " is no whole number of 0 or more", "write for example " + what + " = 100");
    return static_cast<std::uint64_t>(*value);
  }

  // Goes into SQL as an identifier, into file names and metrics: a small alphabet that needs no thought anywhere.
  std::string identifier(const toml::node& node, const std::string& what) const {
    const std::string text = string(node, what);
    const bool well_formed =
        !text.empty() && text.size() <= 48 && !(text[0] >= '0' && text[0] <= '9') &&
        std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
    if (!well_formed)
      throw refuse(node.source(), what + " \"" + shown(text) + "\" is no plain identifier",
                   "a-z, 0-9 and _, not beginning with a digit, at most 48 characters");
    return text;
  }

  std::string table_name(const toml::node& node) const {
    const std::string text = identifier(node, "table");
    if (text.starts_with("ingest_") || text == "schema_migrations" || text == "detections")
      throw refuse(node.source(), "table \"" + shown(text) + "\" is longshore's own", "choose another name");
    return text;
  }

  std::vector<std::string> record_pointers(const toml::node& node) const {
    std::vector<std::string> pointers = strings(node, "records");
    for (const std::string& pointer : pointers)
      if (!pointer.empty() && (pointer[0] != '/' || pointer.find('*') != std::string::npos))
        throw refuse(node.source(), "records \"" + shown(pointer) + "\" is no JSON Pointer to an array",
                     "for example \"/events\", or \"\" when the root is the array or each line is a record");
    return pointers;
  }

  void check_pointer(const toml::node& node, const std::string& pointer) const {
    const auto star = pointer.find('*');
    const bool one_whole_star =
        star == std::string::npos || (star == pointer.rfind('*') && star > 1 && pointer[star - 1] == '/' &&
                                      (star + 1 == pointer.size() || pointer[star + 1] == '/'));
    if (pointer.size() < 2 || pointer[0] != '/' || pointer.ends_with('/') || !one_whole_star)
      throw refuse(node.source(), "from \"" + shown(pointer) + "\" is no JSON Pointer into a record",
                   "for example \"/vehicle_id\", \"/gps/lat\", \"/detections/*/object_type\", or \"*\" for the rest");
  }

  void read_columns(Feed& feed, const toml::node& node) const {
    const toml::array* array = node.as_array();
    if (!array || array->empty())
      throw refuse(node.source(), "columns is no list of columns",
                   "columns = [ { name = \"…\", from = \"/…\", type = \"text\" }, … ]");
    for (const toml::node& element : *array) {
      Column column = read_column(element);
      for (const Column& other : feed.columns) {
        if (other.name == column.name)
          throw refuse(element.source(), "column \"" + column.name + "\" is declared twice", "names are unique");
        if (other.is_rest() && column.is_rest())
          throw refuse(element.source(), "two columns take the rest of the record", "one `from = \"*\"` is enough");
      }
      feed.columns.push_back(std::move(column));
    }
  }

  Column read_column(const toml::node& node) const {
    const toml::table* table = node.as_table();
    if (!table)
      throw refuse(node.source(), "a column is no table", "{ name = \"…\", from = \"/…\", type = \"text\" }");
    allow(*table, {"name", "from", "type", "required", "max_length", "min", "max"});
    Column column;
    column.name = identifier(need(*table, "name"), "column");
    if (column.name == "record_hash" || column.name == "file_id")
      throw refuse(node.source(), "column \"" + column.name + "\" is longshore's own", "choose another name");

    const toml::node& type_node = need(*table, "type");
    const auto type = column_type_named(string(type_node, "type"));
    if (!type || *type == ColumnType{Type::jsonb, true})
      throw refuse(type_node.source(), "type \"" + shown(string(type_node, "type")) + "\" is none of longshore's",
                   "text integer bigint double boolean timestamp date jsonb, or an array of a scalar as in text[]");
    column.type = *type;

    const toml::node& from_node = need(*table, "from");
    column.from = strings(from_node, "from");
    if (const toml::node* required = table->get("required")) {
      const auto value = required->value_exact<bool>();
      if (!value)
        throw refuse(required->source(), "required is neither true nor false", "true is the default");
      column.required = *value;
    }
    if (const toml::node* limit = table->get("max_length")) {
      if (column.type.type != Type::text)
        throw refuse(limit->source(), "max_length on a column that is no text", "take it out");
      column.max_length = static_cast<std::size_t>(count(*limit, "max_length"));
    }
    column.min = bound(*table, "min", column);
    column.max = bound(*table, "max", column);

    if (column.is_rest()) {
      if (column.type != ColumnType{Type::jsonb, false})
        throw refuse(type_node.source(), "the rest of a record is no " + string(type_node, "type"),
                     "a column with from = \"*\" has type = \"jsonb\"");
      return column;
    }
    if (column.type.array &&
        std::ranges::all_of(column.from, [](const std::string& pointer) { return array_prefix(pointer).empty(); }))
      throw refuse(from_node.source(), "column \"" + column.name + "\" is an array, but its pointer goes through none",
                   "name the elements: from = \"" + column.from[0] + "/*\"");
    for (const std::string& pointer : column.from) {
      check_pointer(from_node, pointer);
      if (pointer.find("/*") != std::string::npos && !column.type.array)
        throw refuse(from_node.source(), "column \"" + column.name + "\" goes through an array but holds one value",
                     "type = \"" + std::string{type_name(column.type.type)} + "[]\"");
    }
    return column;
  }

  std::optional<double> bound(const toml::table& table, std::string_view word, const Column& column) const {
    const toml::node* node = table.get(word);
    if (!node)
      return {};
    const Type type = column.type.type;
    const auto value = node->value<double>();
    if (!value || (type != Type::integer && type != Type::bigint && type != Type::real))
      throw refuse(node->source(), std::string{word} + " is for numbers", "integer, bigint or double columns");
    return value;
  }

  std::vector<std::size_t> key_columns(const Feed& feed, const toml::node& node, const std::string& what) const {
    std::vector<std::size_t> key;
    for (const std::string& name : strings(node, what)) {
      const std::size_t i = column_number(feed, node, name);
      if (std::ranges::find(key, i) != key.end())
        throw refuse(node.source(), what + " names \"" + shown(name) + "\" twice", "once is enough");
      if (!feed.columns[i].required || !is_ordered(feed.columns[i].type))
        throw refuse(node.source(), "column \"" + shown(name) + "\" cannot be in a key",
                     "a key column is required, and neither an array nor jsonb");
      key.push_back(i);
    }
    return key;
  }

  std::size_t column_number(const Feed& feed, const toml::node& node, const std::string& name) const {
    for (std::size_t i = 0; i < feed.columns.size(); ++i)
      if (feed.columns[i].name == name)
        return i;
    throw refuse(node.source(), "\"" + shown(name) + "\" is no column of this feed", "declare it in columns");
  }

  Latest read_latest(const Feed& feed, const toml::node& node) const {
    const toml::table* table = node.as_table();
    if (!table)
      throw refuse(node.source(), "latest is no table", "latest = { table = \"…\", key = [\"…\"], newest = \"…\" }");
    allow(*table, {"table", "key", "newest"});
    Latest latest;
    latest.table = table_name(need(*table, "table"));
    if (latest.table == feed.table)
      throw refuse(node.source(), "latest has the table of the feed itself",
                   "the history and the latest are two tables");
    latest.key = key_columns(feed, need(*table, "key"), "latest.key");
    const toml::node& newest = need(*table, "newest");
    latest.newest = key_columns(feed, newest, "latest.newest").front();
    if (std::ranges::find(latest.key, latest.newest) != latest.key.end())
      throw refuse(newest.source(), "newest is part of latest.key", "newest tells rows of one key apart");
    return latest;
  }

  // One alternative serves a whole group, so a group's columns must offer the same ones.
  void check_groups(const Feed& feed) const {
    const toml::array& nodes = *m_root.get("columns")->as_array();
    for (const auto& group : column_groups(feed)) {
      const Column& first = feed.columns[group[0]];
      for (const std::size_t i : group) {
        const Column& column = feed.columns[i];
        const bool fits = column.from.size() == first.from.size() &&
                          std::ranges::equal(column.from, first.from, {}, array_prefix, array_prefix);
        if (!fits)
          throw refuse(nodes[i].source(),
                       "columns \"" + first.name + "\" and \"" + column.name + "\" go through one array, but not alike",
                       "give both the same number of pointers in `from`, through the same arrays");
      }
    }
  }

  std::string m_origin;
  toml::table m_root;
};

}  // namespace

Feed parse_feed(std::string_view toml, const std::string& origin) { return Declaration{toml, origin}.feed(); }

}  // namespace longshore
