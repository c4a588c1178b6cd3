// Skips or releases the claimed files that an operator names, and reports the result of each.
// If no claim contains the name, it is looked up in the ledger: the file may have been skipped before, or its row may
// still say `loading`. Throws what Takeout throws; a second call with the same names finishes the work.
#pragma once

#include "admin/takeout.hpp"

#include <functional>
#include <string>
#include <vector>

namespace longshore::admin {

struct NamedResult {
  std::string file_name;  // escaped
  std::string claim;
  std::string instance;
  // word of the output: "skipped", "released", "finished", "taken", "busy", "gone", "already done";
  // in a dry run "would move" instead of "skipped" and "released"
  std::string result;
  std::string detail;
};

class NamedTakeout {
 public:
  using Report = std::function<void(const NamedResult&)>;

  NamedTakeout(store::Session& session, const Registry& registry, const spool::Directories& directories,
               TakeoutKind kind, bool dry_run, Report report)
      : m_session(session), m_directories(directories), m_takeout(session, registry, directories), m_kind(kind),
        m_dry_run(dry_run), m_report(std::move(report)) {}

  // Each word is a file name (escaped or raw) or a claim id, which selects all files of the claim. Returns false if any
  // file could not be taken out.
  bool run(const std::vector<std::string>& words);

 private:
  bool take_out(const spool::ClaimedFile& file);
  bool take_unclaimed(const std::string& word);
  bool close_loading(const std::string& claim);

  store::Session& m_session;
  const spool::Directories m_directories;
  Takeout m_takeout;
  const TakeoutKind m_kind;
  const bool m_dry_run;
  const Report m_report;
};

}  // namespace longshore::admin
