// Loads the built-in feeds and those of a directory, and routes file names to feeds.
#include "base/error.hpp"
#include "base/text.hpp"
#include "base/toml.hpp"
#include "embedded.hpp"
#include "feed/feed.hpp"
#include "feed/glob.hpp"

#include <algorithm>
#include <filesystem>

namespace longshore {
namespace {

std::vector<std::string> declarations_in(const std::string& directory) {
  std::vector<std::string> paths;
  std::error_code fault;
  const std::filesystem::directory_iterator entries{directory, fault};
  const bool may_be_missing = directory.empty() || directory == k_feeds_directory;
  if (fault && !(may_be_missing && fault == std::errc::no_such_file_or_directory))
    throw Error(Fault::fatal, "cannot list the feeds directory \"" + directory + "\": " + fault.message())
        .with_hint("--feeds names a directory of *.toml declarations")
        .exits(Exit::config);
  for (const auto& entry : entries)
    if (entry.path().extension() == ".toml" && !entry.path().filename().string().starts_with('.'))
      paths.push_back(entry.path().string());
  std::ranges::sort(paths);
  return paths;
}

// Adds a feed. A feed from a file replaces the built-in feed of the same name.
void put(std::vector<Feed>& feeds, Feed feed) {
  const auto other = std::ranges::find(feeds, feed.name, &Feed::name);
  if (other != feeds.end() && other->origin != k_built_in)
    throw Error(Fault::fatal, feed.origin + ": feed \"" + feed.name + "\" is also declared in " + other->origin)
        .with_hint("rename one of them, or remove the older file")
        .exits(Exit::config);
  if (other != feeds.end())
    feeds.erase(other);
  feeds.push_back(std::move(feed));
}

Error conflict(const Feed& a, const Feed& b, const std::string& what) {
  return Error(Fault::fatal,
               b.origin + ": feed \"" + b.name + "\" and feed \"" + a.name + "\" (" + a.origin + ") share " + what)
      .with_hint(
          "one feed may take both kinds of file: `files`, and the `from` of a column, can be lists; or change one of "
          "them; a feed with the same name as a built-in feed replaces it")
      .exits(Exit::config);
}

void remove_disabled(std::vector<Feed>& feeds, std::span<const std::string> disabled) {
  std::string names;
  for (const Feed& feed : feeds)
    names += (names.empty() ? "" : ", ") + feed.name;
  for (const std::string& name : disabled)
    if (std::ranges::find(feeds, name, &Feed::name) == feeds.end())
      throw Error(Fault::fatal, "disable_feeds names an unknown feed: \"" + escape_clipped(name, 100) + "\"")
          .with_hint("the feeds are: " + names)
          .exits(Exit::config);
  std::erase_if(feeds, [&](const Feed& feed) { return std::ranges::find(disabled, feed.name) != disabled.end(); });
}

std::vector<std::string> tables_of(const Feed& feed) {
  return feed.latest && feed.has_history ? std::vector{feed.table, feed.latest->table} : std::vector{feed.table};
}

}  // namespace

Registry::Registry(std::vector<Feed> feeds) : m_feeds(std::move(feeds)) {
  for (auto b = m_feeds.begin(); b != m_feeds.end(); ++b) {
    for (auto a = m_feeds.begin(); a != b; ++a) {
      for (const std::string& table : tables_of(*b))
        if (std::ranges::count(tables_of(*a), table) > 0)
          throw conflict(*a, *b, "the table \"" + table + "\"");
      for (const std::string& pattern : b->files)
        if (std::ranges::find(a->files, pattern) != a->files.end())
          throw conflict(*a, *b, "the file pattern \"" + pattern + "\"");
    }
  }
}

Registry Registry::load(const std::string& directory, std::span<const std::string> disabled) {
  std::vector<Feed> feeds;
  for (const EmbeddedFile& file : embedded_feeds()) {
    Feed feed = parse_feed(file.text, std::string{file.name});
    feed.origin = k_built_in;
    put(feeds, std::move(feed));
  }
  for (const std::string& path : declarations_in(directory))
    put(feeds, parse_feed(read_toml_file(path), path));
  remove_disabled(feeds, disabled);
  return Registry{std::move(feeds)};
}

std::vector<std::string> Registry::shadowed() const {
  std::vector<std::string> warnings;
  for (auto b = m_feeds.begin(); b != m_feeds.end(); ++b)
    for (auto a = m_feeds.begin(); a != b; ++a)
      if (const auto name = common_name(a->files, b->files))
        warnings.push_back("feed \"" + b->name + "\" (" + b->origin + ") shadows feed \"" + a->name + "\" (" +
                           a->origin + "): both match names such as \"" + escape(*name) +
                           "\", and the last declared wins");
  return warnings;
}

const Feed* Registry::route(std::string_view file_name) const {
  const std::string_view name = without_compression(file_name);
  const auto takes = [&](const Feed& feed) {
    return std::ranges::any_of(feed.files, [&](const std::string& pattern) { return name_matches(pattern, name); });
  };
  const auto last = std::find_if(m_feeds.rbegin(), m_feeds.rend(), takes);
  return last == m_feeds.rend() ? nullptr : &*last;
}

const Feed* Registry::find(std::string_view feed_name) const {
  const auto it = std::ranges::find(m_feeds, feed_name, &Feed::name);
  return it == m_feeds.end() ? nullptr : &*it;
}

}  // namespace longshore
