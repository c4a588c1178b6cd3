// System calls of a running daemon that fail, or kill it, at will: strace attached to it.
#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

namespace longshore::test {

// Whether strace is there and may trace; the test says so when not.
bool can_inject();

class Injection {
 public:
  // What to inject, as strace has it: "renameat2:error=ENOSPC:when=2..3". Calls are counted from now on, for each thread by
  // itself. Returns when every thread of the process is traced. The trace goes to the file.
  Injection(pid_t process, const std::vector<std::string>& what, std::string trace);
  // The calls are as they were again.
  ~Injection();
  Injection(const Injection&) = delete;

  // How many calls were hit.
  std::size_t hits() const;

 private:
  std::string m_trace;
  pid_t m_strace = -1;
};

}  // namespace longshore::test
