#include "cli/ledger_query.hpp"

#include "base/text.hpp"
#include "base/time.hpp"
#include "config/suggestion.hpp"
#include "config/units.hpp"
#include "feed/feed.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace longshore::cli {
namespace {

constexpr std::array<std::string_view, 6> k_statuses = {"loading", "loaded",    "partial",
                                                        "failed",  "duplicate", "unrouted"};
constexpr std::uint64_t k_page = 1000;

store::Rows read_page(store::Session& session, const LedgerQuery& query, std::string_view columns, std::int64_t before,
                      std::uint64_t count) {
  std::vector<store::Value> params;
  const auto parameter = [&](store::Value value) {
    params.push_back(std::move(value));
    return "$" + std::to_string(params.size());
  };
  std::string sql = "select " + std::string{columns} + " from ingest_log where file_id < " + parameter(before);
  if (!query.status.empty())
    sql += " and status = " + parameter(query.status);
  if (!query.feed.empty())
    sql += " and feed = " + parameter(query.feed);
  if (query.since)
    sql += " and started_at >= " + parameter(*query.since);
  if (query.with_rejects)
    sql += " and rows_rejected > 0";
  if (query.is_archived)
    sql += " and archive_path is not null";
  sql += " order by file_id desc limit " + parameter(static_cast<std::int64_t>(count));
  return session.exec(sql, params);
}

}  // namespace

std::string since_time(const std::string& text) {
  if (const auto age = config::parse_duration(text)) {
    const std::int64_t now = now_micros();
    const std::int64_t year_1 = *parse_time("0001-01-01T00:00:00Z").micros;  // PostgreSQL takes no year 0
    return format_time(now - std::min(age->count(), (now - year_1) / 1000) * 1000);
  }
  const bool is_date = text.size() == 10;
  if (const ParsedTime time = parse_time(is_date ? text + "T00:00:00Z" : text); time.micros)
    return format_time(*time.micros);
  throw usage_error("--since: \"" + escape_clipped(text, 100) + "\" is no time",
                    "an age like 12h or 7d, a date like 2026-11-21, or 2026-11-21T08:00:00Z");
}

LedgerQuery ledger_query(const Arguments& arguments) {
  LedgerQuery query;
  query.status = arguments.value_or("status", "");
  if (!query.status.empty() && std::ranges::find(k_statuses, query.status) == k_statuses.end())
    throw usage_error(
        "--status: \"" + escape_clipped(query.status, 100) + "\" is no status of a file",
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
      {"status", "STATUS", "only loading, loaded, partial, failed, duplicate or unrouted"},
      {"feed", "NAME", "only files of this feed"},
      {"name", "GLOB", "only files whose name matches, for example 'vehicles_status_2026*'"},
      {"since", "TIME", "only what began after a time, or not longer ago: 2026-11-21, 12h, 7d"},
      {"limit", "N", "at most so many [50]"},
      {"json", "", "one JSON object a line"},
  };
}

store::Rows read_ledger(store::Session& session, const LedgerQuery& query, std::string_view columns) {
  // globs over bytes are no SQL of both engines: with a name the ledger is read in pages and matched here
  const std::uint64_t page = query.name.empty() ? query.limit : k_page;
  std::int64_t before = query.before;
  store::Rows found;
  while (found.size() < query.limit) {
    store::Rows rows = read_page(session, query, columns, before, page);
    found.columns = rows.columns;
    for (auto& row : rows.rows) {
      before = store::as_int(row[0]);
      if (found.size() < query.limit &&
          (query.name.empty() || glob_matches(query.name, unescape(store::as_text(row[1])))))
        found.rows.push_back(std::move(row));
    }
    if (rows.size() < page)
      break;
  }
  return found;
}

}  // namespace longshore::cli
