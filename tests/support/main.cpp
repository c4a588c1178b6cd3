// The test program: doctest's own main. Servers and directories start where a test asks for them.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
