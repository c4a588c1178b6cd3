// What a person at a terminal sees of `run --once`: a line that moves while it runs, a summary and the exit code at its end.
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

  // Rewrites the line when it is time; nothing without a terminal on standard error, nothing in the daemon.
  void show(spool::Landing& landing);
  std::optional<std::chrono::steady_clock::time_point> next() const;
  // The summary on standard output; `given_up` files stay claimed.
  Exit conclude(spool::Landing& landing, std::uint64_t given_up);

 private:
  using Clock = std::chrono::steady_clock;
  std::uint64_t files(store::Status status) const { return m_context.totals.files[static_cast<std::size_t>(status)]; }
  std::uint64_t files_done() const;
  double seconds() const;

  const Context& m_context;
  const bool m_moves;
  const Clock::time_point m_start = Clock::now();
  Clock::time_point m_next = m_start;
};

}  // namespace longshore::ingest
