// The ledger against processed/ and failed/, in both directions, piece by piece: memory does not grow with the number of files.
// A daemon may run meanwhile: it tells the ledger before it moves a file, and what seems to be missing is looked for again
// before it is reported.
#pragma once

#include "admin/verify/findings.hpp"
#include "admin/verify/options.hpp"
#include "feed/feed.hpp"
#include "spool/archive/archive.hpp"
#include "spool/directories.hpp"
#include "store/store.hpp"

#include <string>
#include <vector>

namespace longshore::admin {

class ArchiveCheck {
 public:
  ArchiveCheck(store::Session& session, const Registry& registry, const spool::Directories& directories,
               const VerifyOptions& options, Findings& findings)
      : m_session(session), m_registry(registry), m_directories(directories), m_options(options), m_findings(findings),
        m_archive(directories) {}

  // Every place that the ledger names has its file.
  void ledger_against_files();
  // Every file of the archive is named by the ledger. Those of processed/ that are not are of a database that was restored, or
  // failed over: repair puts them back into landing, where they are new arrivals.
  void files_against_ledger();

 private:
  struct Row;
  struct Found {
    std::string place;
    std::string name;   // bytes
    std::string claim;  // whose sub-directory it is in; ""
  };

  void check_row(const Row& row, bool is_owner);
  void check_content(const Row& row);
  void report_missing(const Row& row);
  bool has_moved_meanwhile(const Row& row);
  std::string claimed_by(const Row& row) const;
  bool is_day_gone(const std::string& archive_path);
  bool is_there(const std::string& day) const;
  void end_day();

  void list(const std::string& path, const std::string& place, bool with_claims);
  void look_up();
  void report_unknown(const Found& found);

  store::Session& m_session;
  const Registry& m_registry;
  const spool::Directories& m_directories;
  const VerifyOptions& m_options;
  Findings& m_findings;
  spool::Archive m_archive;
  std::string m_day;  // "processed/2026-11-21" that is looked at
  bool m_is_day_gone = false;
  std::uint64_t m_gone_with_day = 0;
  std::vector<Found> m_found;  // not looked up yet
};

}  // namespace longshore::admin
