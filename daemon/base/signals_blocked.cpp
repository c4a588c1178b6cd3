#include "base/signals_blocked.hpp"

#include <initializer_list>

namespace longshore {

SignalsBlocked::SignalsBlocked() {
  sigset_t set;
  sigfillset(&set);
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS})
    sigdelset(&set, fault);
  ::pthread_sigmask(SIG_SETMASK, &set, &m_before);
}

SignalsBlocked::~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &m_before, nullptr); }

}  // namespace longshore
