// What the process still does when its own code crashes it: one hook, run in the thread that crashed.
#pragma once

#include <cstddef>
#include <memory>

namespace longshore {

// For SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT of any thread; the signal then does what it did before: a core dump, a
// sanitizer's report. The hook may only do what signal-safety(7) allows. Once a process.
void set_crash_hook(void (*hook)());

// Lets the hook run in a thread that overflowed its stack: make one in that thread, for its life.
class CrashStack {
 public:
  CrashStack();
  ~CrashStack();
  CrashStack(const CrashStack&) = delete;

 private:
  std::unique_ptr<std::byte[]> m_stack;
};

}  // namespace longshore
