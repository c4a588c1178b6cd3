#include "spool/landing/age.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "spool/candidate.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace longshore::spool {
namespace {

using namespace std::chrono_literals;

constexpr auto k_jump = 100ms;
constexpr auto k_pause = 1ms;

// Local clock minus monotonic clock. Read again if the thread was interrupted between the two.
std::chrono::nanoseconds clock_offset() {
  for (;;) {
    const auto before = std::chrono::steady_clock::now();
    const auto local = std::chrono::system_clock::now();
    if (std::chrono::steady_clock::now() - before < k_pause)
      return local.time_since_epoch() - before.time_since_epoch();
  }
}

}  // namespace

void Age::use_clock_of(int directory) {
  const std::string name = ".clock-" + std::to_string(::getpid());
  m_probe = Fd{::openat(directory, name.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600)};
  if (!m_probe)
    throw system_error(errno, "create " + name + " in the work directory");
  ::unlinkat(directory, name.c_str(), 0);
}

void Age::begin_look(Instant now) {
  m_clock.reset();
  m_now = now;
  const auto offset = clock_offset();
  if (m_offset && std::chrono::abs(offset - *m_offset) > k_jump) {
    log::info("the clock jumped by {} ms: the ages of all files start again",
              std::chrono::duration_cast<std::chrono::milliseconds>(offset - *m_offset).count());
    m_jumped = now;
  }
  m_offset = offset;
}

void Age::read_clock() {
  if (m_clock)
    return;
  if (::futimens(m_probe.get(), nullptr) != 0)
    throw system_error(errno, "touch a file in the work directory");
  m_clock = stat_of(m_probe.get(), "in the work directory").st_ctim;
}

std::optional<std::chrono::nanoseconds> Age::of(const struct stat& st) {
  read_clock();
  auto age = between(st.st_ctim, *m_clock);
  if (m_by_mtime && between(st.st_mtim, *m_clock) >= 0ns)
    age = between(st.st_mtim, *m_clock);
  if (age < 0ns)
    return std::nullopt;
  return m_jumped ? std::min<std::chrono::nanoseconds>(age, m_now - *m_jumped) : age;
}

}  // namespace longshore::spool
