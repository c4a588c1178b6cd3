// The files that were found open for writing, and since when each of them has not changed. Such a file waits for its
// writer, but at most `open_grace` without a change of its size or mtime. The landing directory and the loaders share
// this memory: a loader that finds a writer returns the file, and landing must not offer it again at once.
//
// Bounded: of more than `limit` files, the one that was unchanged longest is forgotten. If it still has a writer, the
// next look finds that again, and its time starts again. Any thread.
#pragma once

#include "spool/candidate.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace longshore::spool {

class OpenWriters {
 public:
  using Instant = std::chrono::steady_clock::time_point;

  // by_mtime: for `--once`, which does not see a file for long: it is unchanged since its mtime.
  explicit OpenWriters(bool by_mtime = false, std::size_t limit = 10'000) : m_by_mtime(by_mtime), m_limit(limit) {}

  // Call for each look at a file that has an open writer. `place` identifies it: its name in landing, or its path in a
  // claim. Returns how long it still waits; zero if it waits no longer. Logs a new file.
  std::chrono::milliseconds wait_of(const std::string& place, const Candidate& file,
                                    std::chrono::milliseconds open_grace);
  bool contains(std::string_view place) const;
  // Its writer has closed it, or it is loaded or gone.
  void forget(std::string_view place);

 private:
  struct Found {
    Candidate file;
    Instant since;  // not changed since
  };

  Instant unchanged_since(const Candidate& file, Instant now) const;
  void make_room();

  const bool m_by_mtime;
  const std::size_t m_limit;
  mutable std::mutex m_mutex;
  std::map<std::string, Found, std::less<>> m_found;  // guarded by m_mutex
};

}  // namespace longshore::spool
