// Takes a claimed file out of its claim for an operator, beside a running daemon or after a crash.
// The ledger decides, as after a crash: the row of the arrival is written first, under the unique index that the daemon's own
// row must pass, and only then the file is moved. The side that comes second finds the row, loads nothing and finishes the
// move: to the place that the row names, or to the landing directory if it names none. So either side may die at any step.
#pragma once

#include "feed/feed.hpp"
#include "spool/archive/archive.hpp"
#include "spool/work/claims.hpp"
#include "store/store.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace longshore::admin {

// Reasons in the ledger.
inline constexpr std::string_view k_skipped = "skipped by the operator";
inline constexpr std::string_view k_released = "returned to the landing directory by the operator";

enum class TakeoutKind {
  skip,     // to failed/
  release,  // to landing, where it is a new arrival
};

struct TakeoutResult {
  enum class Kind {
    done,
    finished,  // it had its outcome already; the owner of the claim moves it
    taken,     // release: the landing directory has a file of this name
    busy,      // its transaction runs and does not end
    gone,      // not in its claim any more
  };
  Kind kind = Kind::done;
  std::string what;  // where it went, or why not: one line
};

class Takeout {
 public:
  // All must outlive it.
  Takeout(store::Session& session, const Registry& registry, const spool::Directories& directories)
      : m_session(session), m_registry(registry), m_directories(directories), m_archive(directories) {}

  // Throws Error: unavailable during an outage of the database, transient when a move fails. The same call continues then.
  TakeoutResult take_out(const spool::ClaimedFile& claimed, TakeoutKind kind);
  // Why take_out() would not be done; `done` if it would.
  TakeoutResult check(const spool::ClaimedFile& claimed, TakeoutKind kind);

  // Closes rows of this claim that say `loading` although their files are in no claim: they would never get an outcome, so they
  // become `failed`. Returns the names of the files.
  std::vector<std::string> close_loading(const std::string& claim);

 private:
  struct Recorded;
  bool is_name_taken(const std::string& name) const;
  Recorded record_outcome(const spool::ClaimedFile& claimed, TakeoutKind kind);
  Recorded try_to_record(const spool::ClaimedFile& claimed, TakeoutKind kind);

  store::Session& m_session;
  const Registry& m_registry;
  const spool::Directories m_directories;
  spool::Archive m_archive;
};

}  // namespace longshore::admin
