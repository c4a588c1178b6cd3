#include "store/ledger_query.hpp"

#include "base/text.hpp"
#include "feed/feed.hpp"
#include "store/id_list.hpp"

#include <algorithm>

namespace longshore::store {
namespace {

constexpr std::uint64_t k_page = 1000;

constexpr std::string_view k_known_file =
    "file_id, file_name, feed, status, sha256, size_bytes, rows_loaded, rows_purged, first_time, last_time, claim, archive_path, error, "
    "rows_rejected, claimed_at, name_values, grew_to, packed_bytes, purged_at, finished_at, modified_at";

std::optional<std::uint64_t> size_or_none(const Value& value) {
  return std::holds_alternative<std::monostate>(value) ? std::nullopt
                                                       : std::optional{static_cast<std::uint64_t>(as_int(value))};
}

KnownFile known_file(const std::vector<Value>& row) {
  const auto number = [&](std::size_t column) { return static_cast<std::uint64_t>(as_int(row[column])); };
  return {as_int(row[0]),
          as_text(row[1]),
          as_text(row[2]),
          status_named(as_text(row[3])),
          as_text(row[4]),
          number(5),
          number(6),
          number(7),
          as_text(row[8]),
          as_text(row[9]),
          as_text(row[10]),
          as_text(row[11]),
          as_text(row[12]),
          number(13),
          as_text(row[14]),
          as_text(row[15]),
          size_or_none(row[16]),
          size_or_none(row[17]),
          as_text(row[18]),
          as_text(row[19]),
          as_text(row[20])};
}

std::vector<KnownFile> known_files(Session& session, const std::string& rest, Params params) {
  std::vector<KnownFile> files;
  for (const auto& row : session.exec("select " + std::string{k_known_file} + " from ingest_log " + rest, params).rows)
    files.push_back(known_file(row));
  return files;
}

Rows read_page(Session& session, const LedgerQuery& query, std::string_view columns, std::int64_t before,
               std::uint64_t count) {
  std::vector<Value> params;
  const auto parameter = [&](Value value) {
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
    sql += " and archive_path is not null and purged_at is null";
  if (query.has_grown)
    sql += " and grew_to is not null";
  sql += " order by file_id desc limit " + parameter(static_cast<std::int64_t>(count));
  return session.exec(sql, params);
}

}  // namespace

bool has_ledger(Session& session) { return !session.table_columns("ingest_log").empty(); }

Rows read_ledger(Session& session, const LedgerQuery& query, std::string_view columns) {
  // the engines have no common glob over bytes: with a name, pages are read and matched here
  const std::uint64_t page = query.name.empty() ? query.limit : k_page;
  std::int64_t before = query.before;
  Rows found;
  while (found.size() < query.limit) {
    Rows rows = read_page(session, query, columns, before, page);
    found.columns = rows.columns;
    for (auto& row : rows.rows) {
      before = as_int(row[0]);
      if (found.size() < query.limit && (query.name.empty() || glob_matches(query.name, unescape(as_text(row[1])))))
        found.rows.push_back(std::move(row));
    }
    if (rows.size() < page)
      break;
  }
  return found;
}

bool has_files_of(Session& session, const std::string& feed) {
  return !session.exec("select 1 from ingest_log where feed = $1 limit 1", {feed}).empty();
}

Rows read_rejects(Session& session, std::int64_t file_id, std::uint64_t limit) {
  return session.exec(R"(
select record_no, field, code, reason, value, byte_offset, fault_line, fault_column, raw
from ingest_rejects
where file_id = $1 and record_no in (
  select distinct record_no
  from ingest_rejects
  where file_id = $1
  order by record_no
  limit $2
)
order by record_no, raw is null, fault_line, fault_column, field
)",
                      {file_id, static_cast<std::int64_t>(limit)});
}

std::vector<RejectPlace> reject_places(Session& session, std::int64_t file_id) {
  std::vector<RejectPlace> places;
  const Rows found = session.exec(R"(
select byte_offset, field, code, reason
from ingest_rejects
where file_id = $1 and raw is not null
order by record_no
)",
                                  {file_id});
  for (const auto& row : found.rows)
    places.push_back({static_cast<std::uint64_t>(as_int(row[0])), as_text(row[1]), as_text(row[2]), as_text(row[3])});
  return places;
}

Rows ledger_totals(Session& session) {
  return session.exec(
      "select coalesce(feed, '') as feed, status, count(*) as files, coalesce(sum(rows_loaded), 0) as rows_loaded, "
      "coalesce(sum(rows_rejected), 0) as rows_rejected, count(purged_at) as purged from ingest_log group by coalesce(feed, ''), status "
      "order by coalesce(feed, ''), status");
}

std::string newest_success(Session& session) {
  const Rows newest =
      session.exec("select max(finished_at) as newest from ingest_log where status in ('loaded', 'partial')");
  return newest.empty() ? "" : as_text(newest.rows[0][0]);
}

std::string newest_finish(Session& session) {
  const Rows newest = session.exec(R"(
select max(finished_at)
from (
  select finished_at
  from ingest_log
  order by file_id desc
  limit 100
) last
)");
  return newest.empty() ? "" : as_text(newest.rows[0][0]);
}

std::vector<KnownFile> read_files(Session& session, std::span<const std::int64_t> file_ids) {
  std::vector<KnownFile> files;
  for_each_chunk(file_ids, [&](const std::string& list, const std::vector<Value>& params, auto) {
    for (KnownFile& file : known_files(session, "where file_id in (" + list + ")", params))
      files.push_back(std::move(file));
  });
  std::ranges::sort(files, {}, &KnownFile::file_id);
  return files;
}

std::optional<KnownFile> read_file(Session& session, std::int64_t file_id) {
  const auto files = read_files(session, {&file_id, 1});
  return files.empty() ? std::nullopt : std::optional{files.front()};
}

std::vector<KnownFile> read_files_at(Session& session, std::span<const std::string> places) {
  std::vector<Value> params;
  params.reserve(places.size());
  std::string list;
  for (const std::string& place : places) {
    params.emplace_back(place);
    list += (list.empty() ? "$" : ", $") + std::to_string(params.size());
  }
  return known_files(session, "where archive_path in (" + list + ")", params);
}

std::optional<KnownFile> newest_failed(Session& session, const std::string& name, const std::string& other_name,
                                       std::string_view error) {
  const std::vector<Value> params{name, other_name, std::string{error}};
  const auto files = known_files(
      session, "where file_name in ($1, $2) and status = 'failed' and error = $3 order by file_id desc limit 1",
      params);
  return files.empty() ? std::nullopt : std::optional{files.front()};
}

std::vector<KnownFile> read_archived(Session& session, const KnownFile& after, const std::string& feed,
                                     std::uint64_t limit) {
  const std::vector<Value> params{after.archive_path, after.file_id, feed, static_cast<std::int64_t>(limit)};
  return known_files(session,
                     "where (archive_path, file_id) > ($1, $2) and ($3 = '' or feed = $3) and purged_at is null "
                     "order by archive_path, file_id limit $4",
                     params);
}

std::int64_t owner_of_place(Session& session, const std::string& archive_path) {
  const Rows newest =
      session.exec("select max(file_id) from ingest_log where archive_path = $1 and purged_at is null", {archive_path});
  return newest.empty() ? 0 : as_int(newest.rows[0][0]);
}

bool change_archive_path(Session& session, std::int64_t file_id, const std::string& from, const std::string& to) {
  return session
             .exec(
                 "update ingest_log set archive_path = $1 where file_id = $2 and archive_path = $3 and purged_at is null",
                 {to.empty() ? Value{} : Value{to}, file_id, from})
             .affected == 1;
}

}  // namespace longshore::store
