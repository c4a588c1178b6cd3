// Compares directories, ledger and tables, for `longshore verify`. Memory does not grow with the number of files.
// Throws what store and spool throw. The daemon may be running. Without `repair` nothing is changed, except grew_to.
#pragma once

#include "admin/verify/findings.hpp"
#include "feed/feed.hpp"
#include "spool/directories.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace longshore::admin {

struct VerifyOptions {
  std::string feed;  // only files of this feed; "": all
  // Canonical time: only archive directories of its day or later, and rows of this time or later; "": all.
  std::string since;
  bool rows = false;  // also compare the tables
  bool deep = false;  // also compare hashes
  bool repair = false;

  std::string_view first_day() const { return std::string_view{since}.substr(0, 10); }
};

// What all checks need. All must outlive it.
struct VerifyContext {
  store::Session& session;
  const Registry& registry;
  const spool::Directories& directories;
  const VerifyOptions& options;
  Findings& findings;
  // Writes grew_to into the ledger row of a file. Returns false if this role may not.
  std::function<bool(std::int64_t file_id, std::uint64_t size_bytes)> note_growth;
};

// All checks, in the order of the output.
void verify(const VerifyContext& context);

// Checks that the file of every archive path in the ledger exists. Reads the ledger in pages. A daemon writes the
// ledger before it moves a file. So a missing file is looked up a second time before it is reported.
void check_copies(const VerifyContext& context);
// Checks that every file in processed/ and failed/ has a ledger row. After a restore or a failover of the database,
// files in processed/ may have none: `repair` returns them to landing, where they are new arrivals.
void check_unknown_files(const VerifyContext& context);
// Checks for each loaded file: records = rows + duplicates + rejects, and no more stored rejects than it counts.
void check_counts(const VerifyContext& context);
// Finds files in claims of instances that do not run, and rows that say `loading` although the file is in no claim.
void check_claims(const VerifyContext& context);
// Checks that each file has as many rows in the fact table as its ledger row says. Reads the whole table, or only rows
// of `since` and later. In that case, files that may have older records are not compared.
void check_rows(const VerifyContext& context, const Feed& feed);
// Checks that the latest table has exactly the newest row of each key in the history. Reads both tables, or their part
// after `since`.
void check_latest(const VerifyContext& context, const Feed& feed);

}  // namespace longshore::admin
