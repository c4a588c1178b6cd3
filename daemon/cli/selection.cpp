#include "cli/selection.hpp"

#include "base/text.hpp"
#include "base/time.hpp"
#include "base/units.hpp"
#include "config/feeds.hpp"
#include "config/suggestion.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <limits>

#include <sys/stat.h>

namespace longshore::cli {
namespace {

constexpr std::array<std::string_view, 6> k_statuses = {"loading", "loaded",    "partial",
                                                        "failed",  "duplicate", "unrouted"};

}  // namespace

store::LedgerQuery ledger_query(const Arguments& arguments) {
  store::LedgerQuery query;
  query.status = arguments.value_or("status", "");
  if (!query.status.empty() && std::ranges::find(k_statuses, query.status) == k_statuses.end())
    throw usage_error(
        "--status: \"" + escape_clipped(query.status, 100) + "\" is not a file status",
        config::did_you_mean(query.status, k_statuses, "loading, loaded, partial, failed, duplicate or unrouted"));
  query.feed = arguments.value_or("feed", "");
  query.name = arguments.value_or("name", "");
  if (const auto since = arguments.value("since"))
    query.since = since_time(*since);
  query.limit = arguments.count("limit", 50, 1, std::numeric_limits<std::int64_t>::max());
  return query;
}

std::vector<Flag> ledger_flags() {
  return {
      {"status", "STATUS", "only this status: loading, loaded, partial, failed, duplicate or unrouted"},
      {"feed", "NAME", "only files of this feed"},
      {"name", "GLOB", "only files whose name matches, for example 'vehicles_status_2026*'"},
      {"since", "TIME", "only files whose load began since this time or age: 2026-11-21, 12h, 7d"},
      {"limit", "N", "at most N files [50]"},
      {"json", "", "print one JSON object per file"},
  };
}

std::int64_t file_id_of(const std::string& word, const std::string& hint) {
  std::int64_t id = 0;
  const auto [rest, fault] = std::from_chars(word.data(), word.data() + word.size(), id);
  if (fault != std::errc{} || rest != word.data() + word.size() || id < 1)
    throw usage_error("\"" + escape_clipped(word, 100) + "\" is not a file_id", hint);
  return id;
}

std::string since_time(const std::string& text, std::string_view flag) {
  if (const auto age = parse_duration(text)) {
    const std::int64_t now = now_micros();
    const std::int64_t year_1 = *parse_time("0001-01-01T00:00:00Z").micros;  // PostgreSQL has no year 0
    return format_time(now - std::min(age->count(), (now - year_1) / 1000) * 1000);
  }
  const bool is_date = text.size() == 10;
  if (const ParsedTime time = parse_time(is_date ? text + "T00:00:00Z" : text); time.micros)
    return format_time(*time.micros);
  throw usage_error("--" + std::string{flag} + ": \"" + escape_clipped(text, 100) + "\" is not a time",
                    "give an age (12h, 7d), a date (2026-11-21) or a time (2026-11-21T08:00:00Z)");
}

const Feed& need_feed(const Registry& registry, const std::string& name) {
  if (const Feed* feed = registry.find(name))
    return *feed;
  std::vector<std::string_view> names;
  for (const Feed& feed : registry.feeds())
    names.push_back(feed.name);
  throw usage_error("unknown feed \"" + escape_clipped(name, 100) + "\"",
                    config::did_you_mean(name, names, "longshore feeds lists the feeds"));
}

void need_known_feed(store::Session& session, const config::Config& config, const std::string& name) {
  if (!name.empty() && !store::has_files_of(session, name))
    need_feed(config::load_feeds(config), name);
}

void need_regular_file(const std::string& path, const std::string& example) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0)
    throw usage_error("\"" + escape(path) + "\": " + std::strerror(errno), "give existing files");
  if (!S_ISREG(facts.st_mode))
    throw usage_error("\"" + escape(path) + "\" is not a regular file", "give files: " + example);
}

}  // namespace longshore::cli
