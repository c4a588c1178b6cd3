// One hook that runs when a fault signal ends the process, in the thread that crashed.
#pragma once

#include <cstddef>
#include <memory>

namespace longshore {

// Runs the hook on SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT of any thread, then the former action: a core dump, a
// sanitizer's report. The hook may only do what signal-safety(7) allows. Call once per process.
void set_crash_hook(void (*hook)());

// An alternate stack, so that the hook can run in a thread that overflowed its stack. Create one in that thread, for
// its life.
class CrashStack {
 public:
  CrashStack();
  ~CrashStack();
  CrashStack(const CrashStack&) = delete;

 private:
  std::unique_ptr<std::byte[]> m_stack;
};

}  // namespace longshore
