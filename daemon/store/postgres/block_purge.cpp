#include "store/postgres/block_purge.hpp"

#include "base/crash_point.hpp"
#include "base/log.hpp"
#include "base/time.hpp"
#include "store/postgres/settings.hpp"
#include "store/schema_sql.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

namespace longshore::store::postgres {
namespace {

// A step reads about 8 MiB: 60 000 rows in a fraction of a second. The same range of blocks is read in each partition.
constexpr std::int64_t k_blocks_a_step = 1024;
constexpr std::int64_t k_least_blocks_a_step = 16;

// A drop waits for the loads under way, and new ones wait for it.
constexpr auto k_short_wait = "set local lock_timeout = '2s'";

// Deletes or counts `{}` as `gone`, a list of file_ids, and adds the numbers to the ledger.
constexpr auto k_count = R"(
with gone as (
  {}
),
purged as (
  select file_id, count(*) as rows
  from gone
  group by file_id
),
noted as (
  update ingest_log
  set rows_purged = coalesce(rows_purged, 0) + purged.rows
  from purged
  where ingest_log.file_id = purged.file_id
)
select coalesce(sum(rows), 0)::bigint
from purged
)";

// The end of a partition of one timestamp column: "FOR VALUES FROM ('…') TO ('2026-02-01 00:00:00+00')". Nothing for any
// other bounds.
std::optional<std::int64_t> end_of(const std::string& bounds) {
  constexpr std::string_view k_before = " TO ('";
  constexpr std::string_view k_after = "')";
  const auto begin = bounds.find(k_before);
  if (begin == std::string::npos || !bounds.ends_with(k_after))
    return {};
  std::string text = bounds.substr(begin + k_before.size());
  text.resize(text.size() - k_after.size());
  return parse_time(text).micros;
}

bool is_outage(const Error& error) {
  return error.fault() == Fault::disconnected || error.fault() == Fault::unavailable;
}

}  // namespace

BlockPurge::BlockPurge(Session& session, const Feed& feed, std::int64_t horizon)
    : m_session(session), m_feed(feed), m_table(sql_name(feed.table)),
      m_time_column(sql_name(feed.columns[feed.keep->column].name)), m_horizon(horizon) {}

PurgeStep BlockPurge::next() {
  if (!m_partitions)
    find_partitions();
  if (!m_partitions->empty()) {
    const std::string partition = m_partitions->back();
    m_partitions->pop_back();
    return drop(partition);
  }
  if (!m_blocks)
    find_blocks();
  return m_block < *m_blocks ? delete_from_blocks() : PurgeStep::last;
}

// Only of a table that is partitioned by ranges of the time column.
void BlockPurge::find_partitions() {
  const Rows found = m_session.exec(R"(
select part.oid::regclass::text, pg_get_expr(part.relpartbound, part.oid)
from pg_partitioned_table whole
join pg_attribute key on key.attrelid = whole.partrelid and key.attnum = whole.partattrs[0]
join pg_inherits on inhparent = whole.partrelid and not inhdetachpending
join pg_class part on part.oid = inhrelid
where whole.partrelid = to_regclass($1) and whole.partstrat = 'r' and whole.partnatts = 1 and key.attname = $2
  and part.relkind = 'r' and pg_has_role(part.relowner, 'usage')
)",
                                    {m_table, m_feed.columns[m_feed.keep->column].name});
  m_partitions.emplace();
  for (const auto& row : found.rows)
    if (const auto end = end_of(as_text(row[1])); end && *end <= m_horizon)
      m_partitions->push_back(as_text(row[0]));
}

// Its lock keeps out replays, the only other writers of rows behind the horizon. The lock of the whole table, for which
// loads wait, is taken last and only for the drop itself.
PurgeStep BlockPurge::drop(const std::string& partition) {
  try {
    if (!begin_step(m_session, m_feed))
      return PurgeStep::refused;
    m_session.exec(k_no_statement_timeout);
    m_session.exec(k_short_wait);
    m_session.exec("lock table " + partition + " in share row exclusive mode");
    const bool is_still_a_part = !m_session
                                      .exec(R"(
select 1
from pg_inherits
where inhrelid = to_regclass($1) and inhparent = to_regclass($2) and not inhdetachpending
)",
                                            {partition, m_table})
                                      .empty();
    if (!is_still_a_part) {
      m_session.rollback();
      return PurgeStep::more;
    }
    const Rows purged = m_session.exec(fmt::format(k_count, "select file_id from " + partition));
    m_session.exec("drop table " + partition);
    crash_point("before_purge_commit");
    m_session.commit();
    crash_point("after_purge_commit");
    const std::int64_t rows = as_int(purged.rows[0][0]);
    add_rows(static_cast<std::uint64_t>(rows));
    log::info("partition {} dropped: its {} rows are behind the horizon {}", partition, rows, format_time(m_horizon));
  } catch (const Error& error) {
    if (is_outage(error))
      throw;
    m_session.rollback();
    if (!m_session.is_open())
      throw;
    if (error.fault() == Fault::contention) {  // loads hold the lock; its rows are too many to delete them instead
      log::debug("partition {} is dropped later, loads are under way: {}", partition, error.what());
      return PurgeStep::later;
    }
    log::debug("partition {} is not dropped, its rows are deleted: {}", partition, error.what());
  }
  return PurgeStep::more;
}

// Rows that are added later are not behind the horizon.
void BlockPurge::find_blocks() {
  const Rows found = m_session.exec(R"(
with recursive part (oid) as (
  select to_regclass($1)::oid
  union all
  select inhrelid
  from pg_inherits
  join part on inhparent = part.oid
)
select coalesce(max(pg_relation_size(oid)), 0) / current_setting('block_size')::bigint,
       count(*) filter (where pg_relation_size(oid) > 0)
from part
)",
                                    {m_table});
  m_blocks = as_int(found.rows[0][0]);
  const std::int64_t parts = std::max<std::int64_t>(as_int(found.rows[0][1]), 1);
  m_step = std::max(k_blocks_a_step / parts, k_least_blocks_a_step);
}

PurgeStep BlockPurge::delete_from_blocks() {
  const auto place = [](std::int64_t block) { return "(" + std::to_string(block) + ",0)"; };
  const std::string rows = fmt::format(R"(delete from {}
  where ctid >= $1::tid and ctid < $2::tid and {} < $3
  returning file_id)",
                                       m_table, m_time_column);
  if (!begin_step(m_session, m_feed))
    return PurgeStep::refused;
  const Rows purged =
      m_session.exec(fmt::format(k_count, rows), {place(m_block), place(m_block + m_step), format_time(m_horizon)});
  crash_point("before_purge_commit");
  m_session.commit();
  crash_point("after_purge_commit");
  add_rows(static_cast<std::uint64_t>(as_int(purged.rows[0][0])));
  m_block += m_step;
  return m_block < *m_blocks ? PurgeStep::more : PurgeStep::last;
}

}  // namespace longshore::store::postgres
