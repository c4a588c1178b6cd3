// Finds files of processed/ and failed/ that no ledger row names. Reads the directories in pieces of 500 files.
// Such files in processed/ appear when the database was restored or failed over. With `repair` they return to landing, where
// they are new arrivals.
#pragma once

#include "admin/verify/verify.hpp"
#include "spool/archive/archive.hpp"

#include <string>
#include <vector>

namespace longshore::admin {

class UnknownFiles {
 public:
  UnknownFiles(store::Session& session, const Registry& registry, const spool::Directories& directories,
               const VerifyOptions& options, Findings& findings)
      : m_session(session), m_registry(registry), m_directories(directories), m_options(options), m_findings(findings),
        m_archive(directories) {}

  void run();

 private:
  struct Found {
    std::string place;
    std::string name;   // bytes
    std::string claim;  // whose sub-directory it is in; "" for none
  };

  void list(const std::string& path, const std::string& place, bool with_claims);
  void look_up();
  void report(const Found& found);

  store::Session& m_session;
  const Registry& m_registry;
  const spool::Directories& m_directories;
  const VerifyOptions& m_options;
  Findings& m_findings;
  spool::Archive m_archive;
  std::vector<Found> m_found;  // not looked up yet
};

}  // namespace longshore::admin
