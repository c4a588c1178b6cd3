// Signals as something to poll. TERM and INT ask for an end; PIPE is ignored: a lost reader is an error of write(2).
#pragma once

#include "base/fd.hpp"

namespace longshore {

class Signals {
 public:
  // Blocks TERM and INT for this thread and those it starts: make it before the first thread.
  Signals();
  // Gives them back.
  ~Signals();

  int fd() const { return m_fd.get(); }
  // How many of them have come since the last call.
  unsigned taken();

 private:
  Fd m_fd;
};

}  // namespace longshore
