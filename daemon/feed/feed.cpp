#include "feed/feed.hpp"

#include <algorithm>
#include <charconv>

#include <fnmatch.h>

namespace longshore {
namespace {

// Values without types are coerced, so a file's name and all fields of CSV need the options' code.
bool is_plain(const Feed& feed, const Column& column) {
  return !feed.csv && !column.is_of_file() && column.formats.empty() && !column.zone && !column.coerce &&
         !column.empty_is_null && !column.match && column.value_list.empty() && column.value_names.empty();
}

}  // namespace

bool Feed::latest_needs_hash() const {
  return latest && !std::ranges::all_of(columns, [](const Column& column) { return is_ordered(column.type); });
}

std::string_view without_compression(std::string_view name) {
  for (const std::string_view suffix : {".gz", ".zst"})
    if (name.ends_with(suffix))
      return name.substr(0, name.size() - suffix.size());
  return name;
}

bool glob_matches(std::string_view pattern, std::string_view name) {
  return ::fnmatch(std::string{pattern}.c_str(), std::string{name}.c_str(), FNM_NOESCAPE) == 0;
}

std::optional<std::uint64_t> array_index(std::string_view token) {
  std::uint64_t index = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), index);
  if (error != std::errc{} || end != token.data() + token.size() || (token.size() > 1 && token[0] == '0'))
    return {};
  return index;
}

std::string_view array_prefix(std::string_view pointer) {
  const auto star = pointer.find("/*");
  return star == std::string_view::npos ? std::string_view{} : pointer.substr(0, star);
}

std::optional<RelativePointer> relative_pointer(std::string_view text) {
  RelativePointer relative;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), relative.levels);
  if (error != std::errc{} || text[0] == '0')
    return {};
  relative.pointer = text.substr(static_cast<std::size_t>(end - text.data()));
  if (!relative.pointer.starts_with('/'))
    return {};
  return relative;
}

std::vector<std::vector<std::size_t>> column_groups(const Feed& feed) {
  std::vector<std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < feed.columns.size(); ++i) {
    const Column& column = feed.columns[i];
    if (column.is_rest() || column.is_of_file() || column.constant)
      continue;
    const std::string_view prefix = array_prefix(column.from[0]);
    const auto same = std::ranges::find_if(groups, [&](const std::vector<std::size_t>& group) {
      return !prefix.empty() && array_prefix(feed.columns[group[0]].from[0]) == prefix;
    });
    if (same == groups.end())
      groups.push_back({i});
    else
      same->push_back(i);
  }
  return groups;
}

namespace {

bool is_time(ColumnType type) { return !type.array && (type.type == Type::timestamp || type.type == Type::date); }

// One report dated 2099 would otherwise stay the latest of its key for ever.
void complete_future_columns(Feed& feed) {
  if (feed.latest) {
    Column& newest = feed.columns[feed.latest->newest];
    if (is_time(newest.type) && !newest.max_future)
      newest.max_future = k_default_max_future;
  }
  feed.future_columns.clear();
  for (std::size_t i = 0; i < feed.columns.size(); ++i)
    if (feed.columns[i].max_future.value_or(k_any_future) != k_any_future)
      feed.future_columns.push_back(i);
}

}  // namespace

void complete(Feed& feed) {
  for (Column& column : feed.columns)
    column.is_plain = is_plain(feed, column);
  complete_future_columns(feed);
  feed.by_name.resize(feed.columns.size());
  for (std::size_t i = 0; i < feed.columns.size(); ++i)
    feed.by_name[i] = i;
  std::ranges::sort(feed.by_name, {}, [&](std::size_t i) { return feed.columns[i].name; });

  feed.time_column.reset();
  if (feed.latest && feed.columns[feed.latest->newest].type.type == Type::timestamp) {
    feed.time_column = feed.latest->newest;
    return;
  }
  const auto time = std::ranges::find_if(feed.key, [&](std::size_t i) {
    return feed.columns[i].type == ColumnType{Type::timestamp, false};
  });
  if (time != feed.key.end())
    feed.time_column = *time;
}

}  // namespace longshore
