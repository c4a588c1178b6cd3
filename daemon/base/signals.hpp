// Signals as a file descriptor to poll. TERM and INT request a stop, HUP a reload of the settings. PIPE is ignored:
// write(2) fails with EPIPE instead. USR1, USR2 and ALRM are ignored too, because they would end the process.
#pragma once

#include "base/fd.hpp"

#include <array>
#include <csignal>

namespace longshore {

class Signals {
 public:
  // Blocks TERM, INT and HUP for this thread and the threads it starts: create it before the first thread.
  Signals();
  // Restores the former state. Signals that are still pending are discarded.
  ~Signals();

  int fd() const { return m_fd.get(); }
  struct Taken {
    unsigned ends = 0;
    bool reload = false;
  };
  // Returns the signals since the last call.
  Taken taken();
  // Returns the number of TERM and INT signals since the last call, for a caller that cannot reload. A HUP is saved for
  // the next taken(), but does not make fd() readable any more.
  unsigned ends();

 private:
  Fd m_fd;
  bool m_reload = false;                    // seen by ends(), not yet taken
  std::array<void (*)(int), 3> m_before{};  // former handlers of the ignored signals
};

// Blocks signals in this thread and in the threads it starts, until it is destroyed. Signals of a fault of the thread
// itself, such as SIGSEGV, are not blocked. The main thread receives the others by polling.
class SignalsBlocked {
 public:
  SignalsBlocked();
  ~SignalsBlocked();
  SignalsBlocked(const SignalsBlocked&) = delete;

 private:
  sigset_t m_before{};
};

}  // namespace longshore
