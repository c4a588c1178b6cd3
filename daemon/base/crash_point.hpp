// Named places where a test can stop the process or make a step fail, to check what is left behind.
// A build without LONGSHORE_CRASH_POINTS compiles them to nothing.
//
//   LONGSHORE_CRASH_AT="after_claim:3"          _exit(137), like kill -9, the third time after_claim is reached
//   LONGSHORE_FAIL_AT="before_commit:1-2"       throws Error{transient} the first and second time
//   LONGSHORE_FAIL_AT="before_load:1=bad_file"  throws Error with the named fault
//   LONGSHORE_CRASH_AT="before_decode/a.json:1=abort"  abort(), while the step handles a.json
//   LONGSHORE_CRASH_AT="before_decode:1=wait"   creates the file $LONGSHORE_WAIT, and continues when it is removed
//   LONGSHORE_CRASH_AT="before_move:1=wait,after_move:1"  a list, also of LONGSHORE_FAIL_AT. Tests that stop two
//                                               processes in turn give each its own list and $LONGSHORE_WAIT
#pragma once

#include <string_view>

namespace longshore {

#ifdef LONGSHORE_CRASH_POINTS
// Counts how often all threads together reach `name`, and separately `name`/`of`. Then does what the environment
// requests for this count.
void crash_point(std::string_view name, std::string_view of = {});
#else
inline void crash_point(std::string_view, std::string_view = {}) {}
#endif

}  // namespace longshore
