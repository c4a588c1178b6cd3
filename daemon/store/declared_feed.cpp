#include "store/declared_feed.hpp"

#include "feed/cell.hpp"

#include <algorithm>

namespace longshore::store {
namespace {

constexpr std::string_view k_after_table = ": ";
constexpr std::string_view k_between_columns = "; ";
constexpr std::string_view k_no_history = "; no history";

std::string types_of(const Feed& feed) {
  std::string text;
  for (const std::size_t i : feed.by_name)
    text += std::string{text.empty() ? k_after_table : k_between_columns} + feed.columns[i].name + " " +
            type_text(feed.columns[i].type);
  return feed.table + text;
}

std::string latest_of(const Feed& feed) {
  if (!feed.latest)
    return {};
  std::string text = feed.latest->table + std::string{k_after_table};
  for (const std::size_t i : feed.latest->key)
    text += (i == feed.latest->key.front() ? "" : ", ") + feed.columns[i].name;
  text += std::string{k_between_columns} + feed.columns[feed.latest->newest].name;
  return feed.has_history ? text : text + std::string{k_no_history};
}

}  // namespace

DeclaredFeed declared_feed(const Feed& feed) { return {feed.declaration, types_of(feed), latest_of(feed)}; }

std::map<std::string, DeclaredFeed> read_declared_feeds(Session& session) {
  std::map<std::string, DeclaredFeed> declared;
  if (session.table_columns("ingest_feeds").empty())
    return declared;
  const Rows found = session.exec("select feed, declaration, types, latest from ingest_feeds");
  for (const auto& row : found.rows)
    declared[as_text(row[0])] = {as_text(row[1]), as_text(row[2]), as_text(row[3])};
  return declared;
}

bool is_without_history(const DeclaredFeed& declared) { return declared.latest.ends_with(k_no_history); }

bool has_latest_table(const DeclaredFeed& declared, std::string_view table) {
  return declared.latest.starts_with(std::string{table} + std::string{k_after_table});
}

std::string history_table(const DeclaredFeed& declared) {
  return is_without_history(declared) ? "" : declared.types.substr(0, declared.types.find(k_after_table));
}

std::string recorded_type(const DeclaredFeed& declared, std::string_view table, std::string_view column) {
  const std::string head = std::string{table} + std::string{k_after_table};
  if (!declared.types.starts_with(head))
    return {};
  std::string_view rest = declared.types;
  for (rest.remove_prefix(head.size()); !rest.empty();) {
    const std::string_view entry = rest.substr(0, rest.find(k_between_columns));
    rest.remove_prefix(std::min(entry.size() + k_between_columns.size(), rest.size()));
    if (entry.starts_with(column) && entry.substr(column.size()).starts_with(' '))
      return std::string{entry.substr(column.size() + 1)};
  }
  return {};
}

}  // namespace longshore::store
