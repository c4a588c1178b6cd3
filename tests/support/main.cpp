// The main function of the test program, from doctest. Tests start servers and directories when they need them.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
