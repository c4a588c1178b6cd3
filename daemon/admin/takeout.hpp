// A claimed file that an operator takes out of the daemon's hands, while the daemon may be at it. The ledger decides, as it
// does after a crash: a row of the arrival is written first, under the unique index that the daemon's own row has to pass, and
// only then is the file moved. Whoever comes second finds the row, loads nothing and finishes the move: to the place that the
// row names, or, where it names none, back into the landing directory. So either side may die at any step.
#pragma once

#include "feed/feed.hpp"
#include "spool/archive/archive.hpp"
#include "spool/work/claims.hpp"
#include "store/store.hpp"

#include <string>
#include <string_view>

namespace longshore::admin {

inline constexpr std::string_view k_skipped = "skipped by the operator";
inline constexpr std::string_view k_released = "given back to the landing directory by the operator";

enum class TakeoutKind {
  skip,     // into failed/
  release,  // into landing, where it is a new arrival
};

struct TakeoutResult {
  enum class Kind {
    done,
    settled,  // it had its outcome already; whoever owns the claim moves it
    taken,    // release: the landing directory has a file of this name
    busy,     // its transaction is under way and does not end
    gone,     // from its claim, before we came to it
  };
  Kind kind = Kind::done;
  std::string what;  // where it went, or why not: one line
};

class Takeout {
 public:
  Takeout(store::Session& session, const Registry& registry, const spool::Directories& directories)
      : m_session(session), m_registry(registry), m_directories(directories), m_archive(directories) {}

  // Throws Error: unavailable when the database is away, transient when a move fails; the same call goes on then.
  TakeoutResult take_out(const spool::ClaimedFile& claimed, TakeoutKind how);
  // Why it would not be done; done: it would.
  TakeoutResult look(const spool::ClaimedFile& claimed, TakeoutKind how);

  // Rows that say `loading` in this claim, of files that are in no claim any more: they will never have another outcome, so
  // they are failed from now on. The names of the files.
  std::vector<std::string> close_loading(const std::string& claim);

 private:
  struct Told;
  bool is_name_taken(const std::string& name) const;
  Told tell_ledger(const spool::ClaimedFile& claimed, TakeoutKind how);
  Told tell_once(const spool::ClaimedFile& claimed, TakeoutKind how);

  store::Session& m_session;
  const Registry& m_registry;
  const spool::Directories m_directories;
  spool::Archive m_archive;
};

}  // namespace longshore::admin
