// Tests that this machine cannot run. Such a test case counts as skipped, not as passed: at the end of the run the test
// program prints the number of skipped cases, and each of them with its reason. scripts/run-tests reads that number.
#pragma once

#include <string>

namespace longshore::test {

// Counts the running test case as skipped, even if it runs other parts. `why` names the right or program that is
// missing. A case that also fails counts as failed only.
void skip_case(const std::string& why);

}  // namespace longshore::test

// For the body of a test case: skips it and returns.
#define SKIP(why) return longshore::test::skip_case(why)
