#include "admin/verify/ledger_check.hpp"

#include "base/text.hpp"
#include "spool/entries.hpp"
#include "spool/work/claims.hpp"
#include "store/latest.hpp"
#include "store/schema_sql.hpp"

#include <map>

#include <fcntl.h>

namespace longshore::admin {
namespace {

constexpr const char* k_limit = " limit 1000";  // of one question: who has more wrong has one cause

std::string replay(const store::Value& file_id) { return "longshore replay " + store::as_text(file_id); }

}  // namespace

void LedgerCheck::counts() {
  const auto unequal = m_session.exec(
      std::string{"select file_id, file_name, records, rows_loaded, rows_duplicate, rows_rejected from ingest_log "
                  "where status in ('loaded', 'partial') and records <> rows_loaded + rows_duplicate + rows_rejected "
                  "and ($1 = '' or feed = $1) order by file_id"} +
          k_limit,
      {m_options.feed});
  for (const auto& row : unequal.rows)
    m_findings.add({"counts", store::as_int(row[0]), store::as_text(row[1]), "",
                    store::as_text(row[2]) + " records, but " + store::as_text(row[3]) + " rows + " +
                        store::as_text(row[4]) + " duplicates + " + store::as_text(row[5]) + " rejects",
                    replay(row[0])});

  const auto rejects = m_session.exec(
      std::string{"select r.file_id, l.file_name, r.stored, coalesce(l.rows_rejected, 0) from "
                  "(select file_id, count(distinct record_no) as stored from ingest_rejects group by file_id) r "
                  "left join ingest_log l on l.file_id = r.file_id "
                  "where r.stored > coalesce(l.rows_rejected, 0) and ($1 = '' or l.feed = $1) order by r.file_id"} +
          k_limit,
      {m_options.feed});
  for (const auto& row : rejects.rows)
    m_findings.add({"rejects", store::as_int(row[0]), store::as_text(row[1]), "",
                    store::as_text(row[2]) + " rejected records are stored, the ledger says " + store::as_text(row[3]),
                    replay(row[0])});
}

void LedgerCheck::claims() {
  std::map<std::string, bool> alive;
  for (const std::string& instance : spool::instances_in(m_directories.work))
    alive[instance] = spool::is_alive(m_directories.work, instance);
  spool::for_each_claimed(m_directories.work, [&](const spool::ClaimedFile& file) {
    if (alive[file.instance])
      return;
    m_findings.add({"left_over", std::nullopt, escape(file.entry.name),
                    escape(".work/" + file.instance + "/" + file.claim.id), "its instance does not run",
                    "longshore run, or run --once: the start adopts it"});
  });

  const auto loading =
      m_session.exec(std::string{"select file_id, file_name, claim, instance from ingest_log "
                                 "where status = 'loading' and ($1 = '' or feed = $1) order by file_id"} +
                         k_limit,
                     {m_options.feed});
  for (const auto& row : loading.rows) {
    const bool is_claimed =
        !spool::instance_with(m_directories.work, store::as_text(row[2]), unescape(store::as_text(row[1]))).empty();
    const auto now = m_session.exec("select 1 from ingest_log where file_id = $1 and status = 'loading'", {row[0]});
    if (!is_claimed && !now.empty())
      m_findings.add({"stale_loading", store::as_int(row[0]), store::as_text(row[1]), "",
                      "loading since its claim by " + store::as_text(row[3]) + ", but the file is in no claim",
                      "longshore skip " + store::as_text(row[2])});
  }
}

// The column by which --since cuts the feed's table; "": not at all.
std::string LedgerCheck::cut_of(const Feed& feed) const {
  return m_options.since.empty() || !feed.time_column ? "" : store::sql_name(feed.columns[*feed.time_column].name);
}

// How many of a file's rows are older than the cut the ledger does not know: of one that has such, or whose times it does not
// know, more rows than it loaded are the only thing that is certainly wrong.
void LedgerCheck::rows(const Feed& feed) {
  const std::string time = cut_of(feed);
  std::vector<store::Value> values{feed.name};
  if (!time.empty()) {
    values.emplace_back(m_options.since);
    const auto left_out = m_session.exec("select count(*) from ingest_log where feed = $1 and rows_loaded > 0 "
                                         "and (first_time is null or (first_time < $2 and last_time >= $2))",
                                         values);
    m_findings.leave_out(static_cast<std::uint64_t>(store::as_int(left_out.rows[0][0])));
  }
  const auto unequal = m_session.exec(
      "select coalesce(l.file_id, t.file_id), coalesce(l.file_name, ''), coalesce(l.status, 'nothing'), "
      "coalesce(l.rows_loaded, 0), coalesce(t.found, 0) "
      "from (select file_id, file_name, status, rows_loaded, first_time from ingest_log where feed = $1) l "
      "full join (select file_id, count(*) as found from " +
          store::sql_name(feed.table) + (time.empty() ? "" : " where " + time + " >= $2") +
          " group by file_id) t on t.file_id = l.file_id where coalesce(l.rows_loaded, 0) <> coalesce(t.found, 0)" +
          (time.empty() ? "" : " and (l.first_time >= $2 or coalesce(l.rows_loaded, 0) < t.found)") + " order by 1" +
          k_limit,
      values);
  for (const auto& row : unequal.rows) {
    const std::string status = store::as_text(row[2]);
    m_findings.add(
        {"rows", store::as_int(row[0]), store::as_text(row[1]), feed.table,
         store::as_text(row[4]) + " rows, the ledger says " + status + " with " + store::as_text(row[3]),
         status == "nothing" ? "the ledger has no such file: restore both from one backup" : replay(row[0])});
  }
}

void LedgerCheck::latest(const Feed& feed) {
  std::vector<std::string> columns = store::latest_columns(feed);
  std::erase(columns, "file_id");  // of equal rows any file's may stand
  std::vector<std::string> keys;
  for (const std::size_t i : feed.latest->key)
    keys.push_back(feed.columns[i].name);
  const std::string all = store::sql_names(columns);
  const std::string key = store::sql_names(keys);
  const std::string table = store::sql_name(feed.latest->table);
  // what is newest among the rows behind the cut is the newest of all only if both go by one column
  const std::string time = feed.time_column == feed.latest->newest ? cut_of(feed) : "";
  const std::string recent = time.empty() ? "" : " where " + time + " >= $1";
  std::vector<store::Value> values;
  if (!time.empty())
    values.emplace_back(m_options.since);
  const auto unequal = m_session.exec(
      "with newest as (select " + all + " from (select " + all + ", row_number() over (partition by " + key + " " +
          store::newest_first_sql(feed) + ") as longshore_rank from " + store::sql_name(feed.table) + recent +
          ") ranked where longshore_rank = 1) select " + key + " from (select " + all + " from newest except select " +
          all + " from " + table + recent + ") wanted union select " + key + " from (select " + all + " from " + table +
          recent + " except select " + all + " from newest) found order by 1" + k_limit,
      values);
  for (const auto& row : unequal.rows) {
    std::string text;
    for (const store::Value& value : row)
      text += (text.empty() ? "" : ", ") + escape_clipped(store::as_text(value), 300);
    m_findings.add({"latest", std::nullopt, "", feed.latest->table, "not the newest row of the history: " + text,
                    "longshore replay of a file with this key in " + feed.table});
  }
}

}  // namespace longshore::admin
