#include "ingest/clock_doubt.hpp"

#include "base/time.hpp"
#include "store/ledger_query.hpp"

namespace longshore::ingest {

void check_clock(store::Session& session) {
  const auto newest = parse_time(store::newest_finish(session)).micros;
  const std::int64_t now = now_micros();
  if (!newest || *newest - now <= std::chrono::microseconds{k_clock_tolerance}.count())
    return;
  // without the present time: a text that changes each time would be another problem, and another notice
  throw Error{Fault::unavailable,
              "the clock of this host is behind the ledger, whose newest finished_at is " + format_time(*newest)}
      .with_code(std::string{k_clock_is_wrong})
      .with_hint("this host says " + format_time(now) +
                 "; correct the clock or, if it is right, the ledger: docs/operations.md, \"A wrong clock\"")
      .exits(Exit::left_over);
}

void ClockDoubt::check(store::Session& session) {
  {
    const std::lock_guard lock{m_mutex};
    if (m_behind.empty() && Steady::now() < m_next_check)
      return;
    m_next_check = Steady::now() + k_check_interval;
  }
  std::string behind;
  const auto set = [&] {
    const std::lock_guard lock{m_mutex};
    m_behind = behind;
  };
  try {
    check_clock(session);
    set();
  } catch (const Error& error) {
    if (error.code() == k_clock_is_wrong) {
      behind = error.what();
      set();
    }
    throw;
  }
}

void ClockDoubt::check_soon() {
  const std::lock_guard lock{m_mutex};
  m_next_check = {};
}

bool ClockDoubt::is_behind() const {
  const std::lock_guard lock{m_mutex};
  return !m_behind.empty();
}

void ClockDoubt::file_waits(const std::string& file_name) {
  const std::lock_guard lock{m_mutex};
  if (m_waiting_files++ == 0)
    m_waiting_file = file_name;
}

void ClockDoubt::file_is_done() {
  const std::lock_guard lock{m_mutex};
  --m_waiting_files;
}

std::string ClockDoubt::reason() const {
  const std::lock_guard lock{m_mutex};
  if (!m_behind.empty())
    return m_behind;
  return m_waiting_files == 0 ? "" : m_waiting_file + ": " + std::string{k_mostly_ahead};
}

}  // namespace longshore::ingest
