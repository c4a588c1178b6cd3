// Checks that every archive path in the ledger has its file. Reads the ledger in pages: memory does not grow with it.
// A daemon may run: it writes the ledger before it moves a file, so a file that seems to be missing is looked up again before
// it is reported.
#pragma once

#include "admin/verify/verify.hpp"
#include "spool/archive/archive.hpp"
#include "store/ledger_query.hpp"

#include <string>

namespace longshore::admin {

class CopiesCheck {
 public:
  CopiesCheck(store::Session& session, const spool::Directories& directories, const VerifyOptions& options,
              Findings& findings)
      : m_session(session), m_directories(directories), m_options(options), m_findings(findings),
        m_archive(directories) {}

  void run();

 private:
  void check(const store::KnownFile& file, bool is_owner);
  void check_content(const store::KnownFile& file);
  void report_missing(const store::KnownFile& file);
  bool has_moved_since(const store::KnownFile& file);
  std::string claimed_by(const store::KnownFile& file) const;
  bool is_day_gone(const std::string& archive_path);
  bool is_there(const std::string& day) const;
  void end_day();

  store::Session& m_session;
  const spool::Directories& m_directories;
  const VerifyOptions& m_options;
  Findings& m_findings;
  spool::Archive m_archive;
  std::string m_day;  // "processed/2026-11-21", the last one looked up
  bool m_is_day_gone = false;
  std::uint64_t m_gone_with_day = 0;
};

}  // namespace longshore::admin
