#include "base/signals.hpp"

#include "base/error.hpp"

#include <cerrno>
#include <initializer_list>
#include <utility>

#include <sys/signalfd.h>
#include <unistd.h>

namespace longshore {
namespace {

sigset_t polled() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  return set;
}

constexpr std::array<int, 3> k_ignored = {SIGUSR1, SIGUSR2, SIGALRM};

}  // namespace

Signals::Signals() {
  const sigset_t set = polled();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  for (std::size_t i = 0; i < k_ignored.size(); ++i)
    m_before[i] = std::signal(k_ignored[i], SIG_IGN);
  m_fd = Fd{::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)};
  if (!m_fd)
    throw system_error(errno, "signalfd");
}

Signals::~Signals() {
  taken();  // a signal that is still pending would end the process once it is unblocked
  for (std::size_t i = 0; i < k_ignored.size(); ++i)
    std::signal(k_ignored[i], m_before[i]);
  const sigset_t set = polled();
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

Signals::Taken Signals::taken() {
  Taken taken{.reload = std::exchange(m_reload, false)};
  signalfd_siginfo info{};
  while (::read(m_fd.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info))
    if (info.ssi_signo == SIGHUP)
      taken.reload = true;
    else
      ++taken.ends;
  return taken;
}

unsigned Signals::ends() {
  const Taken all = taken();
  m_reload = all.reload;
  return all.ends;
}

SignalsBlocked::SignalsBlocked() {
  sigset_t set;
  sigfillset(&set);
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS})
    sigdelset(&set, fault);
  ::pthread_sigmask(SIG_SETMASK, &set, &m_before);
}

SignalsBlocked::~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &m_before, nullptr); }

}  // namespace longshore
