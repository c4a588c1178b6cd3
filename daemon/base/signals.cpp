#include "base/signals.hpp"

#include "base/error.hpp"

#include <cerrno>
#include <csignal>

#include <sys/signalfd.h>
#include <unistd.h>

namespace longshore {
namespace {

sigset_t ends() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

}  // namespace

Signals::Signals() {
  const sigset_t set = ends();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  m_fd = Fd{::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)};
  if (!m_fd)
    throw system_error(errno, "signalfd");
}

Signals::~Signals() {
  const sigset_t set = ends();
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

unsigned Signals::taken() {
  unsigned count = 0;
  signalfd_siginfo info{};
  while (::read(m_fd.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info))
    ++count;
  return count;
}

}  // namespace longshore
