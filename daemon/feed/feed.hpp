// A feed: a declared kind of file with its file names, records, columns and tables. Built-in feeds are declared in the
// same way as those of users. A Feed is always valid and immutable, so threads can share it.
#pragma once

#include "base/pattern.hpp"
#include "base/time_format.hpp"
#include "base/time_zone.hpp"
#include "feed/cell.hpp"
#include "feed/expect.hpp"
#include "feed/keep.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace longshore {

inline constexpr std::int64_t k_any_future = std::numeric_limits<std::int64_t>::max();
inline constexpr std::int64_t k_default_max_future = k_micros_a_day;

struct Column {
  std::string name;
  ColumnType type;
  bool required = true;
  // JSON Pointers into a record, or Relative JSON Pointers out of it, tried in order; none if `constant` is set. Or one
  // word: "*" means all members that no other column takes, "name" and "path" mean the file's name.
  std::vector<std::string> from;
  std::size_t max_length = 256;  // bytes of a text
  std::optional<double> min;     // of an integer or double
  std::optional<double> max;
  std::optional<std::string> min_cell;  // of the other types with limits
  std::optional<std::string> max_cell;
  std::vector<TimeFormat> formats;  // of a timestamp or date, tried in order; none: RFC 3339
  std::optional<TimeZone> zone;     // of times that name none; none: UTC
  // Of a timestamp or date, in µs: a value further ahead of the file's claim than this is a reject. k_any_future: no
  // limit. Empty: as complete() decides.
  std::optional<std::int64_t> max_future;

  bool coerce = false;                  // a value of another JSON type is read if nothing is lost
  bool empty_is_null = false;           // the text "" is no value
  std::optional<std::string> fallback;  // `default`: the cell where a record has no value
  std::optional<std::string> constant;  // `value`: the cell of every record
  // Two forms of `values`: the cells that are accepted, sorted; or a text of the record, and the cell that it stands for.
  std::vector<std::string> value_list;
  std::map<std::string, std::string, std::less<>> value_names;
  std::shared_ptr<const Pattern> match;  // shared, because a Pattern cannot be copied and a feed is

  // Set by complete(): values are converted without any of the options that change how they are read.
  bool is_plain = true;

  bool needs_value() const { return required && !fallback; }

  bool is_rest() const { return from.size() == 1 && from[0] == "*"; }
  bool is_of_file() const { return from.size() == 1 && (from[0] == "name" || from[0] == "path"); }
};

// The table with the newest row of each key. Rows are compared by `newest`, then by the other columns with an order, in
// the order of their declaration.
struct Latest {
  std::string table;
  std::vector<std::size_t> key;  // column numbers
  std::size_t newest = 0;
};

// How CSV files are written (RFC 4180).
struct CsvForm {
  char delimiter = ',';
  std::optional<char> quote = '"';
  bool header = true;         // the first record names the fields; without it they are numbered from 0
  bool final_newline = true;  // a last record without a line break is incomplete
};

inline constexpr std::string_view k_built_in = "built in";

struct Feed {
  std::string name;
  std::vector<std::string> files;  // case-sensitive globs: * ? [a-z] [!a-z]
  // JSON Pointers to the array of records, tried in order; "*": each element; "": the root. Not of CSV.
  std::vector<std::string> records;
  std::optional<CsvForm> csv;    // nullopt: the files are JSON
  std::string table;             // of the history; without one, that of `latest`
  std::vector<std::size_t> key;  // column numbers; the primary key is these and record_hash
  std::vector<Column> columns;
  std::optional<Latest> latest;
  // False: only the newest row of each key is kept, in the table of `latest`. The key is then latest's and `newest`.
  bool has_history = true;
  std::optional<std::uint64_t> max_rejects;  // more rejected records than this fail the file
  std::optional<Expect> expect;              // nothing: the feed is never late
  std::optional<Keep> keep;                  // nothing: no row is ever removed
  std::string origin;                        // where it was declared: a path, or k_built_in

  // A hash of the parsed declaration: comments, layout and `expect` do not enter. Daemons need not agree on the last.
  std::string declaration;

  // Column numbers sorted by name: record_hash reads the columns in this order.
  std::vector<std::size_t> by_name;
  // The ledger stores the minimum and maximum of this column. It is `newest`, or else the first timestamp in the key.
  std::optional<std::size_t> time_column;
  // Column numbers: those with a limit in max_future.
  std::vector<std::size_t> future_columns;

  bool is_built_in() const { return origin == k_built_in; }
  // True if there is a latest table and a column without an order: then record_hash breaks ties between rows.
  bool latest_needs_hash() const;
};

// Sets by_name, time_column, future_columns and Column::is_plain from the other members, and the default of max_future: a
// day for the `newest` column of a latest table, else no limit.
void complete(Feed& feed);

// The index that a token of a pointer gives an element of an array (RFC 6901): digits without a leading zero. Such a token
// also names a member of an object.
std::optional<std::uint64_t> array_index(std::string_view token);
// Returns the part of a pointer before "/*", which names the array; "" if the pointer has no "/*".
std::string_view array_prefix(std::string_view pointer);
// A Relative JSON Pointer (draft-bhutton-relative-json-pointer), "2/device/id": levels up from the record, then a pointer
// down from the object there. Level 1 is the array of records.
struct RelativePointer {
  std::size_t levels = 0;
  std::string_view pointer;
};
// Nothing if the text does not begin with a digit, or is not such a pointer.
std::optional<RelativePointer> relative_pointer(std::string_view text);
// Groups the columns that are filled together. Columns whose pointers go through the same array are one group; each
// other column is its own group. One alternative of `from` fills a whole group, so the values of one element stay
// together. Columns whose `from` has no pointer are in no group.
std::vector<std::vector<std::size_t>> column_groups(const Feed& feed);

// A file name without the suffix of a known compression.
std::string_view without_compression(std::string_view name);
bool glob_matches(std::string_view pattern, std::string_view name);

// Parses one TOML declaration. Throws Error{fatal, Exit::config}; its text begins with "origin:line: ", its hint is the
// remedy.
Feed parse_feed(std::string_view toml, const std::string& origin);

// The default directory of the declarations of users. It may be missing.
inline constexpr const char* k_feeds_directory = "/etc/longshore/feeds.d";

// All feeds of a daemon. Routes each file to its feed.
class Registry {
 public:
  // Loads the built-in feeds, then every *.toml of `directory` sorted by name ("": none), then removes the `disabled`
  // ones. A feed replaces the built-in feed of the same name. Throws what parse_feed throws. Also throws
  // Error{fatal, Exit::config} in these cases: two files declare one name, two feeds share a table or a pattern,
  // `disabled` has a name that is not declared, or a directory other than k_feeds_directory does not exist.
  static Registry load(const std::string& directory, std::span<const std::string> disabled = {});
  explicit Registry(std::vector<Feed> feeds);

  const std::vector<Feed>& feeds() const { return m_feeds; }
  // Returns the feed for a file of this name, or nullptr. If several feeds match, the one declared last wins.
  const Feed* route(std::string_view file_name) const;
  const Feed* find(std::string_view feed_name) const;
  // A warning for each feed that takes files from a feed declared before it, because one name matches both.
  std::vector<std::string> shadowed() const;

 private:
  std::vector<Feed> m_feeds;
};

}  // namespace longshore
