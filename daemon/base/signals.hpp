// Signals as something to poll. TERM and INT ask for an end, HUP for new settings. PIPE is ignored: a lost reader is an error of
// write(2). So are USR1, USR2 and ALRM, which would kill.
#pragma once

#include "base/fd.hpp"

#include <array>

namespace longshore {

class Signals {
 public:
  // Blocks TERM, INT and HUP for this thread and those it starts: make it before the first thread.
  Signals();
  // Gives them back; what came meanwhile and was not taken is forgotten.
  ~Signals();

  int fd() const { return m_fd.get(); }
  struct Taken {
    unsigned ends = 0;
    bool reload = false;
  };
  // What has come since the last call.
  Taken taken();
  // The same for who heeds ends alone: a wish for new settings stays for taken(), but fd() does not tell of it any more.
  unsigned ends();

 private:
  Fd m_fd;
  bool m_reload = false;                    // ends() came across it
  std::array<void (*)(int), 3> m_before{};  // what the ignored signals did
};

}  // namespace longshore
