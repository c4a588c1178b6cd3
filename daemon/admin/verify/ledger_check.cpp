#include "admin/verify/ledger_check.hpp"

#include "base/text.hpp"
#include "spool/work/claims.hpp"
#include "store/verify_queries.hpp"

#include <map>

namespace longshore::admin {
namespace {

std::string replay(const store::Value& file_id) { return "longshore replay " + store::as_text(file_id); }

}  // namespace

void LedgerCheck::counts() {
  for (const auto& row : store::unequal_counts(m_session, m_options.feed).rows)
    m_findings.add({"counts", store::as_int(row[0]), store::as_text(row[1]), "",
                    store::as_text(row[2]) + " records, but " + store::as_text(row[3]) + " rows + " +
                        store::as_text(row[4]) + " duplicates + " + store::as_text(row[5]) + " rejects",
                    replay(row[0])});
  for (const auto& row : store::surplus_rejects(m_session, m_options.feed).rows)
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

  for (const auto& row : store::loading_files(m_session, m_options.feed).rows) {
    const bool is_claimed =
        !spool::instance_with(m_directories.work, store::as_text(row[2]), unescape(store::as_text(row[1]))).empty();
    if (!is_claimed && store::is_loading(m_session, store::as_int(row[0])))
      m_findings.add({"stale_loading", store::as_int(row[0]), store::as_text(row[1]), "",
                      "loading since its claim by " + store::as_text(row[3]) + ", but the file is in no claim",
                      "longshore skip " + store::as_text(row[2])});
  }
}

void LedgerCheck::rows(const Feed& feed) {
  m_findings.leave_out(store::files_across(m_session, feed, m_options.since));
  for (const auto& row : store::unequal_rows(m_session, feed, m_options.since).rows) {
    const std::string status = store::as_text(row[2]);
    m_findings.add(
        {"rows", store::as_int(row[0]), store::as_text(row[1]), feed.table,
         store::as_text(row[4]) + " rows, the ledger says " + status + " with " + store::as_text(row[3]),
         status == "nothing" ? "the ledger has no such file: restore both from one backup" : replay(row[0])});
  }
}

void LedgerCheck::latest(const Feed& feed) {
  for (const auto& row : store::unequal_latest(m_session, feed, m_options.since).rows) {
    std::string text;
    for (const store::Value& value : row)
      text += (text.empty() ? "" : ", ") + escape_clipped(store::as_text(value), 300);
    m_findings.add({"latest", std::nullopt, "", feed.latest->table, "not the newest row of the history: " + text,
                    "longshore replay of a file with this key in " + feed.table});
  }
}

}  // namespace longshore::admin
