#include "admin/verify/verify.hpp"

#include "admin/verify/copies_check.hpp"
#include "admin/verify/ledger_check.hpp"
#include "admin/verify/unknown_files.hpp"

namespace longshore::admin {

void verify(store::Session& session, const Registry& registry, const spool::Directories& directories,
            const VerifyOptions& options, Findings& findings) {
  CopiesCheck{session, directories, options, findings}.run();
  UnknownFiles{session, registry, directories, options, findings}.run();
  LedgerCheck ledger{session, directories, options, findings};
  ledger.counts();
  ledger.claims();
  if (!options.rows)
    return;
  for (const Feed& feed : registry.feeds()) {
    const bool is_wanted = options.feed.empty() || feed.name == options.feed;
    if (!is_wanted || session.table_columns(feed.table).empty())
      continue;
    ledger.rows(feed);
    if (feed.latest)
      ledger.latest(feed);
  }
}

}  // namespace longshore::admin
