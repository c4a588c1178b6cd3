// The oldest files that the last listing found, by their stat alone; their ends are looked at later, a few at each
// look. It also decides which files the next listing skips, and when a run with `once` stops offering the same files.
// One thread.
#pragma once

#include "base/digest.hpp"
#include "spool/candidate.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace longshore::spool {

class Listing {
 public:
  // Takes the files of a new listing, oldest first. is_full: there were younger files that it could not take.
  void replace(std::vector<Candidate> files, bool is_full) {
    m_youngest = is_full ? std::optional{files.back()} : std::nullopt;
    m_skip_to.reset();
    m_has_ready = false;
    m_files = std::move(files);
    std::ranges::reverse(m_files);
  }
  void clear() { m_files.clear(); }

  bool is_empty() const { return m_files.empty(); }
  std::size_t size() const { return m_files.size(); }
  const Candidate& oldest() const { return m_files.back(); }
  Candidate take_oldest() {
    Candidate candidate = std::move(m_files.back());
    m_files.pop_back();
    return candidate;
  }

  // If no file of a full listing became ready (all are unreadable, for example), the next listing skips them, and the
  // one after that starts at the oldest file again. Without this, younger files would never be looked at.
  bool skips(const Candidate& candidate) const { return m_skip_to && !is_older(*m_skip_to, candidate); }
  void became_ready() { m_has_ready = true; }
  // Call when all its files were looked at.
  void end() {
    if (!m_has_ready)
      m_skip_to = std::exchange(m_youngest, std::nullopt);
  }

  // For `once`: whether the last call saw the same files. Then the caller took them and could not claim them, and they
  // must not be offered again. Call at most once for each listing.
  bool is_repeated() {
    std::int64_t hash = 0;
    for (const Candidate& candidate : m_files)
      hash ^= xxh3(version_of(candidate), 0);
    return std::exchange(m_hash, hash) == hash && !m_files.empty();
  }

 private:
  std::vector<Candidate> m_files;       // the oldest last
  std::optional<Candidate> m_youngest;  // of a full listing
  std::optional<Candidate> m_skip_to;
  bool m_has_ready = false;
  std::int64_t m_hash = 0;  // of the files at the last call of is_repeated()
};

}  // namespace longshore::spool
