// A claim's directory counts how often the process crashed (by a signal of its own doing, not by kill -9) while one of its
// files was loaded: the crashing thread itself renames it from "<id>" to "<id>.crashed-1", and so on. It needs no
// database and outlives the process, so a file that no start survives is known at the next.
#pragma once

#include "spool/work/workspace.hpp"

namespace longshore::spool {

// Once a process, before the first load.
void count_crashes();

// This thread works on files of the claim, while it lives. Not two at a time in one thread.
class CrashCounter {
 public:
  explicit CrashCounter(const Claim& claim);
  ~CrashCounter();
  CrashCounter(const CrashCounter&) = delete;
};

}  // namespace longshore::spool
