// Signals as a descriptor to poll. TERM and INT request the end, HUP a reload of the settings. PIPE is ignored, because
// write(2) reports a lost reader; so are USR1, USR2 and ALRM, which would end the process.
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
  // The signals since the last call.
  Taken taken();
  // The ends since the last call, for a caller that cannot reload. A HUP is kept for taken(), but fd() is no longer
  // readable for it.
  unsigned ends();

 private:
  Fd m_fd;
  bool m_reload = false;                    // seen by ends(), not yet taken
  std::array<void (*)(int), 3> m_before{};  // former handlers of the ignored signals
};

// While it lives, this thread and the threads it starts receive no signals, except those of their own faults. The main
// thread receives the others by polling.
class SignalsBlocked {
 public:
  SignalsBlocked();
  ~SignalsBlocked();
  SignalsBlocked(const SignalsBlocked&) = delete;

 private:
  sigset_t m_before{};
};

}  // namespace longshore
