// Makes system calls of a running daemon fail, or kill the daemon, with an attached strace.
#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

namespace longshore::test {

// Whether strace is installed and may trace. If not, the test case counts as skipped.
bool can_inject();

class Injection {
 public:
  // `what` has the form of strace's inject: "renameat2:error=ENOSPC:when=2..3". Calls are counted per thread from now
  // on. Returns when every thread of the process is traced. strace writes its trace to the file `trace`.
  Injection(pid_t process, const std::vector<std::string>& what, std::string trace);
  // Detaches; later calls are not changed.
  ~Injection();
  Injection(const Injection&) = delete;

  // The number of injected calls.
  std::size_t hits() const;

 private:
  std::string m_trace;
  pid_t m_strace = -1;
};

}  // namespace longshore::test
