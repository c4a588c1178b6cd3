// Signals as something to poll. TERM and INT ask for an end. PIPE is ignored: a lost reader is an error of write(2). So are
// HUP, USR1, USR2 and ALRM, which would kill: there is nothing to reload, and a closed terminal ends no daemon.
#pragma once

#include "base/fd.hpp"

#include <array>

namespace longshore {

class Signals {
 public:
  // Blocks TERM and INT for this thread and those it starts: make it before the first thread.
  Signals();
  // Gives them back; what came meanwhile and was not taken is forgotten.
  ~Signals();

  int fd() const { return m_fd.get(); }
  // How many of them have come since the last call.
  unsigned taken();

 private:
  Fd m_fd;
  std::array<void (*)(int), 4> m_before{};  // what the ignored signals did
};

}  // namespace longshore
