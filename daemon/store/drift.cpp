#include "store/drift.hpp"

#include "base/time.hpp"

#include <set>
#include <string_view>

namespace longshore::store {
namespace {

// The type is that of decode::common_type(). The two times are those of the two files, whatever the order in which daemons add their counts.
constexpr std::string_view k_add = R"(
insert into ingest_drift (feed, path, type, records, first_file_id, last_file_id, first_seen, last_seen)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (feed, path) do update
set type = case when excluded.type in (ingest_drift.type, 'null') then ingest_drift.type
                when ingest_drift.type = 'null' then excluded.type
                when ingest_drift.type in ('bigint', 'double') and excluded.type in ('bigint', 'double') then 'double'
                when ingest_drift.type in ('text', 'timestamp', 'date')
                     and excluded.type in ('text', 'timestamp', 'date') then 'text'
                else 'jsonb' end,
    records = ingest_drift.records + excluded.records,
    first_seen = case when excluded.first_file_id < ingest_drift.first_file_id then excluded.first_seen
                      else ingest_drift.first_seen end,
    last_seen = case when excluded.last_file_id > ingest_drift.last_file_id then excluded.last_seen
                     else ingest_drift.last_seen end,
    first_file_id = case when excluded.first_file_id < ingest_drift.first_file_id then excluded.first_file_id
                         else ingest_drift.first_file_id end,
    last_file_id = case when excluded.last_file_id > ingest_drift.last_file_id then excluded.last_file_id
                        else ingest_drift.last_file_id end
returning records
)";

std::int64_t micros(const Value& time) { return parse_time(as_text(time)).micros.value_or(0); }

}  // namespace

std::vector<DriftRow> add_drift(Session& session, std::span<const DriftRow> rows) {
  std::vector<DriftRow> added;
  if (rows.empty())
    return added;
  session.begin();
  std::set<std::string> known;
  for (const DriftRow& row : read_drift(session, rows.front().feed))
    known.insert(row.path);
  for (const DriftRow& row : rows) {
    if (!known.contains(row.path) && known.size() >= k_most_drift_paths)
      continue;
    known.insert(row.path);
    const auto records = static_cast<std::int64_t>(row.records);
    const Rows written =
        session.exec(k_add, {row.feed, row.path, row.type, records, row.first_file_id, row.last_file_id,
                             format_time(row.first_seen), format_time(row.last_seen)});
    // Another daemon may have added the row since it was read: then it has the records of both.
    if (as_int(written.rows.at(0)[0]) == records)
      added.push_back(row);
  }
  session.commit();
  return added;
}

std::vector<DriftRow> read_drift(Session& session, const std::string& feed) {
  std::vector<DriftRow> rows;
  const Rows found = session.exec(R"(
select feed, path, type, records, first_file_id, last_file_id, first_seen, last_seen
from ingest_drift
where feed = $1
order by path
)",
                                  {feed});
  for (const auto& row : found.rows)
    rows.push_back({as_text(row[0]), as_text(row[1]), as_text(row[2]), static_cast<std::uint64_t>(as_int(row[3])),
                    as_int(row[4]), as_int(row[5]), micros(row[6]), micros(row[7])});
  return rows;
}

}  // namespace longshore::store
