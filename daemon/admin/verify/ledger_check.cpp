#include "admin/verify/verify.hpp"
#include "base/text.hpp"
#include "spool/work/claims.hpp"
#include "store/verify_queries.hpp"

#include <map>

namespace longshore::admin {
namespace {

std::string replay(const store::Value& file_id) { return "longshore replay " + store::as_text(file_id); }

std::string removed_text(const store::Value& rows_purged) {
  return store::as_int(rows_purged) == 0 ? "" : " and " + store::as_text(rows_purged) + " behind the horizon";
}

}  // namespace

void check_counts(const VerifyContext& in) {
  for (const auto& row : store::unequal_counts(in.session, in.options.feed).rows)
    in.findings.add({"counts", store::as_int(row[0]), store::as_text(row[1]), "",
                     store::as_text(row[2]) + " records, but " + store::as_text(row[3]) + " rows + " +
                         store::as_text(row[4]) + " duplicates + " + store::as_text(row[5]) + " rejects",
                     replay(row[0])});
  for (const auto& row : store::surplus_rejects(in.session, in.options.feed).rows)
    in.findings.add(
        {"rejects", store::as_int(row[0]), store::as_text(row[1]), "",
         store::as_text(row[2]) + " rejected records are stored, the ledger counts " + store::as_text(row[3]),
         replay(row[0])});
}

void check_claims(const VerifyContext& in) {
  std::map<std::string, bool> alive;
  for (const std::string& instance : spool::instances_in(in.directories.work))
    alive[instance] = spool::is_alive(in.directories.work, instance);
  spool::for_each_claimed(in.directories.work, [&](const spool::ClaimedFile& file) {
    if (alive[file.instance])
      return;
    in.findings.add({"left_over", std::nullopt, escape(file.entry.name),
                     escape(".work/" + file.instance + "/" + file.claim.id), "its instance does not run",
                     "longshore run, or run --once: its start adopts the file"});
  });

  for (const auto& row : store::loading_files(in.session, in.options.feed).rows) {
    const bool is_claimed =
        !spool::instance_with(in.directories.work, store::as_text(row[2]), unescape(store::as_text(row[1]))).empty();
    if (!is_claimed && store::is_loading(in.session, store::as_int(row[0])))
      in.findings.add({"stale_loading", store::as_int(row[0]), store::as_text(row[1]), "",
                       "its status is loading, claimed by " + store::as_text(row[3]) + ", but the file is in no claim",
                       "longshore skip " + store::as_text(row[2])});
  }
}

void check_rows(const VerifyContext& in, const Feed& feed) {
  in.findings.leave_out(store::files_across(in.session, feed, in.options.since));
  for (const auto& row : store::unequal_rows(in.session, feed, in.options.since).rows) {
    const std::string status = store::as_text(row[2]);
    const bool is_known = status != "nothing";
    in.findings.add(
        {"rows", store::as_int(row[0]), store::as_text(row[1]), feed.table,
         store::as_text(row[4]) + " rows in the table; status and rows in the ledger: " +
             (is_known ? status + ", " + store::as_text(row[3]) + removed_text(row[5]) : "no row for this file"),
         is_known ? replay(row[0]) : "restore the ledger and the table from one backup"});
  }
}

void check_latest(const VerifyContext& in, const Feed& feed) {
  for (const auto& row : store::unequal_latest(in.session, feed, in.options.since).rows) {
    std::string text;
    for (const store::Value& value : row)
      text += (text.empty() ? "" : ", ") + escape_clipped(store::as_text(value), 300);
    in.findings.add({"latest", std::nullopt, "", feed.latest->table,
                     "not the newest row of the history, for the key: " + text,
                     "longshore replay FILE_ID; find a file_id of this key in " + feed.table});
  }
}

}  // namespace longshore::admin
