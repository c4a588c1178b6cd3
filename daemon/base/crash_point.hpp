// Places where a test may stop the process, or make a step fail, to prove what is left behind. In a build without
// LONGSHORE_CRASH_POINTS they are nothing at all.
//
//   LONGSHORE_CRASH_AT="after_claim:3"          _exit(137), as after kill -9, at the third passage of after_claim
//   LONGSHORE_FAIL_AT="before_commit:1-2"       throws Error{transient} at the first and second passage
//   LONGSHORE_FAIL_AT="before_load:1=bad_file"  … with the named fault
//   LONGSHORE_CRASH_AT="before_decode/a.json:1=abort"  abort(), where the work is about a.json
//   LONGSHORE_CRASH_AT="before_decode:1=wait"   makes the file $LONGSHORE_WAIT, and goes on when that is gone
#pragma once

#include <string_view>

namespace longshore {

#ifdef LONGSHORE_CRASH_POINTS
// Counts the passage of `name` over all threads, and of `name`/`of` by itself, and does what the environment asks for it.
void crash_point(std::string_view name, std::string_view of = {});
#else
inline void crash_point(std::string_view, std::string_view = {}) {}
#endif

}  // namespace longshore
