// The progress line of `run --once` on a terminal, its summary, and its exit code.
#pragma once

#include "ingest/context.hpp"
#include "spool/landing/landing.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace longshore::ingest {

class RunProgress {
 public:
  explicit RunProgress(const Context& context);

  // Rewrites the line every 250 ms. Does nothing in the daemon, or without a terminal on standard error.
  void show(spool::Landing& landing);
  std::optional<std::chrono::steady_clock::time_point> next() const;
  // Prints the summary on standard output. `still_claimed` files of this run have no outcome.
  Exit conclude(spool::Landing& landing, std::uint64_t still_claimed);

 private:
  using Clock = std::chrono::steady_clock;
  std::uint64_t files(store::Status status) const { return m_context.totals.files[static_cast<std::size_t>(status)]; }
  std::uint64_t files_done() const;
  double seconds() const;

  const Context& m_context;
  const bool m_is_shown;
  const Clock::time_point m_start = Clock::now();
  Clock::time_point m_next = m_start;
};

}  // namespace longshore::ingest
