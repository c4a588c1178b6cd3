// Whether this host's clock can be trusted. It is in doubt
//   - while it is behind the newest time of the ledger: then no file is loaded,
//   - while a file waits because more than half of its records are dated ahead of it.
// Shared by the loaders and the main thread.
#pragma once

#include "base/error.hpp"
#include "decode/decode.hpp"
#include "store/store.hpp"

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace longshore::ingest {

// How far the clocks of several hosts may differ.
inline constexpr std::chrono::minutes k_clock_tolerance{1};
// Error::code() of a fault that is a wrong clock.
inline constexpr std::string_view k_clock_is_wrong = "CLOCK";
// Error::code() of a file that waits because its records are dated ahead.
inline constexpr std::string_view k_waits_for_clock = "AHEAD";
inline constexpr std::string_view k_mostly_ahead =
    "more than half of the file's records are dated ahead of this host's clock, which may be wrong";

// Throws Error{unavailable} with the code k_clock_is_wrong if this host's clock is behind the newest finished_at of the
// ledger by more than the tolerance. One short query.
void check_clock(store::Session& session);

inline Error mostly_ahead() {
  return Error{Fault::transient, std::string{k_mostly_ahead}}
      .with_code(std::string{k_waits_for_clock})
      .with_hint(
          "correct the clock, or the times in the file (max_future is the limit); after an hour it is loaded, and "
          "these records are rejects");
}
inline bool is_mostly_ahead(const decode::Decoded& decoded) { return 2 * decoded.ahead > decoded.records; }

class ClockDoubt {
 public:
  // Calls check_clock() if the last call was a minute ago, or if it failed.
  void check(store::Session& session);
  void check_soon();
  // The last check failed.
  bool is_behind() const;
  // A file begins to wait, and has its outcome: call each once for a file.
  void file_waits(const std::string& file_name);
  void file_is_done();
  // Why the clock is in doubt; "": it is not.
  std::string reason() const;

 private:
  using Steady = std::chrono::steady_clock;

  mutable std::mutex m_mutex;                                          // guards all members
  Steady::time_point m_next_check = Steady::now() + k_check_interval;  // the start has just checked
  std::string m_behind;
  std::uint64_t m_waiting_files = 0;
  std::string m_waiting_file;  // the last one

  static constexpr std::chrono::minutes k_check_interval{1};
};

}  // namespace longshore::ingest
