// The ledger against itself, the claims and the tables. The database does the comparing, in one statement a question.
#pragma once

#include "admin/verify/verify.hpp"

namespace longshore::admin {

class LedgerCheck {
 public:
  LedgerCheck(store::Session& session, const spool::Directories& directories, const VerifyOptions& options,
              Findings& findings)
      : m_session(session), m_directories(directories), m_options(options), m_findings(findings) {}

  // records = rows + duplicates + rejects, of every loaded file; stored rejects are no more than were counted.
  void counts();
  // Files in claims of instances that do not run, and rows that say `loading` of files that nobody has.
  void claims();
  // The rows of each file in the fact table are as many as its row says. Reads the whole table; with `since` what is that new, and
  // leaves out the files of which some records are older, or may be.
  void rows(const Feed& feed);
  // The latest table holds the greatest row of each key of the history, and no other. Reads both; with `since` what is that new.
  void latest(const Feed& feed);

 private:
  store::Session& m_session;
  const spool::Directories& m_directories;
  const VerifyOptions& m_options;
  Findings& m_findings;
};

}  // namespace longshore::admin
