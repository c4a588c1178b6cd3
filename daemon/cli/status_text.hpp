// The output of `longshore status`: for people, as tab-separated facts, or as one JSON object.
#pragma once

#include "admin/directory_status.hpp"
#include "base/error.hpp"
#include "store/store.hpp"

#include <optional>
#include <string>
#include <vector>

namespace longshore::cli {

struct ExpectedFeed {
  std::string name;
  std::string expect;          // as declared
  std::string newest_success;  // canonical time, "" for never
  std::string why_late;        // "": it is not late

  bool is_late() const { return !why_late.empty(); }
};

struct KeepingFeed {
  std::string name;
  std::string keep;       // as declared
  std::string by;         // the column
  std::string horizon;    // canonical time; "": it did not rise yet
  std::string purged_to;  // all rows before it are gone; "" for none yet

  bool is_purged() const { return !horizon.empty() && purged_to == horizon; }
};

struct DatabaseStatus {
  std::string name;
  std::optional<Error> fault;  // why it does not answer, or cannot be used
  store::Rows totals;          // store::ledger_totals()
  std::string newest_success;  // canonical time, "" for none
  std::vector<ExpectedFeed> expected;
  std::vector<KeepingFeed> keeping;
};

struct Status {
  admin::LandingState landing;
  DatabaseStatus database;
  std::string oldest_waits;  // why the oldest file waits; "" when none does
};

std::string status_for_people(const Status& status);
std::string status_as_tabs(const Status& status);
std::string status_as_json(const Status& status);

}  // namespace longshore::cli
