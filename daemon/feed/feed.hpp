// A feed: a declared kind of file. Which names, where its records are, which columns, which tables. Data, not code:
// the built-in feeds are declared like a user's. A Feed that exists is well formed; it is never changed and may be
// shared between threads.
#pragma once

#include "feed/cell.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace longshore {

struct Column {
  std::string name;
  ColumnType type;
  bool required = true;
  // JSON Pointers into a record, tried in turn; "*" alone stands for the members that no other column names.
  std::vector<std::string> from;
  std::size_t max_length = 256;  // bytes of a text
  std::optional<double> min;     // of a number
  std::optional<double> max;

  bool is_rest() const { return from.size() == 1 && from[0] == "*"; }
};

// The table that keeps the newest row of each key: by `newest`, then by the other ordered columns as declared.
struct Latest {
  std::string table;
  std::vector<std::size_t> key;  // column numbers
  std::size_t newest = 0;
};

struct Feed {
  std::string name;
  std::vector<std::string> files;    // case-sensitive globs: * ? [a-z] [!a-z]
  std::vector<std::string> records;  // JSON Pointers to the array of records, tried in turn; "" = the root
  std::string table;
  std::vector<std::size_t> key;  // column numbers; the primary key is these and record_hash
  std::vector<Column> columns;
  std::optional<Latest> latest;
  std::optional<std::uint64_t> max_rejects;  // more rejected records than this fail the file
  std::string origin;                        // where it was declared: a path, or "built in"

  // Columns in the order of their names: the order in which record_hash takes them.
  std::vector<std::size_t> by_name;
  // The column whose least and greatest value the ledger keeps: `newest`, else the key's first timestamp.
  std::optional<std::size_t> time_column;

  // Latest rows are ordered by the columns that have an order; where a column has none, record_hash decides last.
  bool latest_needs_hash() const;
};

// Fills by_name and time_column from the rest.
void complete(Feed& feed);

// What of a pointer is before "/*": the array whose elements it goes through; "" when it goes through none.
std::string_view array_prefix(std::string_view pointer);
// Columns that are filled together: those that go through the same array, and each other one alone. Of a group one
// alternative of `from` serves all: values of one element can never slip against each other. Without the rest column.
std::vector<std::vector<std::size_t>> column_groups(const Feed& feed);

// A file name without the suffix of a known compression.
std::string_view without_compression(std::string_view name);
bool glob_matches(std::string_view pattern, std::string_view name);

// One TOML declaration. Throws Error{fatal, Exit::config} whose text begins with "origin:line: " and whose hint is the remedy.
Feed parse_feed(std::string_view toml, const std::string& origin);

// Where a user's declarations are looked for unless told otherwise; it need not be there.
inline constexpr const char* k_feeds_directory = "/etc/longshore/feeds.d";

// All feeds of a daemon, and which of them takes a file.
class Registry {
 public:
  // The built-in feeds, then every *.toml of `directory` in the order of names ("" has none); a feed replaces the built-in
  // one of the same name. Throws like parse_feed, also when two files have one name, two feeds share a table or a pattern,
  // or a directory other than k_feeds_directory is not there.
  static Registry load(const std::string& directory);
  explicit Registry(std::vector<Feed> feeds);

  const std::vector<Feed>& feeds() const { return m_feeds; }
  // The feed that takes a file of this name; of several, the one declared last. nullptr: none.
  const Feed* route(std::string_view file_name) const;
  const Feed* find(std::string_view feed_name) const;

 private:
  std::vector<Feed> m_feeds;
};

}  // namespace longshore
