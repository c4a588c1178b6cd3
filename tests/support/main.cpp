// The test program: doctest's own main. Servers and directories start where a test asks for them.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

// libpqxx 6.4 drops the result of a statement during which the connection died.
extern "C" const char* __lsan_default_suppressions() { return "leak:libpqxx-6"; }
