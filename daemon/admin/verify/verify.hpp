// Compares directories, ledger and tables, for `longshore verify`. The order of the checks is the order of the output.
// Throws what store and spool throw. A running daemon is not disturbed; without `repair` nothing is changed.
#pragma once

#include "admin/verify/findings.hpp"
#include "feed/feed.hpp"
#include "spool/directories.hpp"
#include "store/store.hpp"

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

void verify(store::Session& session, const Registry& registry, const spool::Directories& directories,
            const VerifyOptions& options, Findings& findings);

}  // namespace longshore::admin
