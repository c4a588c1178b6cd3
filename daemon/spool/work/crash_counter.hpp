// Counts in the name of a claim's directory how often the process crashed (by a signal such as SIGSEGV, not by kill -9)
// while it loaded one of the claim's files. The crashing thread renames the directory from "<id>" to "<id>.crashed-1",
// and so on. This needs no database and survives the process, so the next start knows which files crash it.
#pragma once

#include "spool/work/workspace.hpp"

namespace longshore::spool {

// Call once in a process, before the first load.
void count_crashes();

// While it exists, crashes of this thread are counted for the claim. At most one per thread.
class CrashCounter {
 public:
  explicit CrashCounter(const Claim& claim);
  ~CrashCounter();
  CrashCounter(const CrashCounter&) = delete;
};

}  // namespace longshore::spool
