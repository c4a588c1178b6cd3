// One hook that runs when a fault signal ends the process, in the thread that crashed.
#pragma once

#include <cstddef>
#include <memory>

namespace longshore {

// Runs the hook on SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT of any thread. Then runs the previous action, such as a
// core dump or the report of a sanitizer. The hook may only do what signal-safety(7) allows. Call it once per process.
void set_crash_hook(void (*hook)());

// An alternate signal stack: the hook can run even in a thread that overflowed its stack. Create one in each thread; it
// must live as long as the thread.
class CrashStack {
 public:
  CrashStack();
  ~CrashStack();
  CrashStack(const CrashStack&) = delete;

 private:
  std::unique_ptr<std::byte[]> m_stack;
};

}  // namespace longshore
