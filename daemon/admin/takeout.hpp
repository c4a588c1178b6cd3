// Takes a claimed file out of its claim for an operator, beside a running daemon or after a crash.
// The ledger row decides, as after a crash:
//   1. Insert the row of the arrival. Its unique index also applies to the row of the daemon, so only one of them
//      commits.
//   2. Move the file.
// The process that comes second finds the row and loads nothing. It finishes the move: to the place that the row names,
// or to the landing directory if it names none. So each process may die at any step.
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
    finished,  // its outcome is already in the ledger; the owner of the claim moves it
    taken,     // release: the landing directory has a file of this name
    busy,      // a transaction that loads it is still running
    gone,      // not in its claim any more
  };
  Kind kind = Kind::done;
  std::string what;  // the new place of the file, or why it was not moved; one line
};

class Takeout {
 public:
  // All must outlive it.
  Takeout(store::Session& session, const Registry& registry, const spool::Directories& directories)
      : m_session(session), m_registry(registry), m_directories(directories), m_archive(directories) {}

  // Throws Error: unavailable during an outage of the database, transient when a move fails. Call it again to continue.
  TakeoutResult take_out(const spool::ClaimedFile& claimed, TakeoutKind kind);
  // Returns why take_out() would not move the file, or `done`. Changes nothing, and does not wait for a transaction.
  TakeoutResult check(const spool::ClaimedFile& claimed, TakeoutKind kind);

  // Closes rows of this claim that say `loading` although their files are in no claim: they would never get an outcome,
  // so they become `failed`. Returns the names of the files.
  std::vector<std::string> close_loading(const std::string& claim);

 private:
  struct Recorded;
  Recorded record_outcome(const spool::ClaimedFile& claimed, TakeoutKind kind);
  Recorded try_to_record(const spool::ClaimedFile& claimed, TakeoutKind kind);

  store::Session& m_session;
  const Registry& m_registry;
  const spool::Directories m_directories;
  spool::Archive m_archive;
};

}  // namespace longshore::admin
