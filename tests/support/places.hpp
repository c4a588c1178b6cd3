// The paths of the build and of the sources.
#pragma once

#include <string>

namespace longshore::test {

// The path of the built longshore.
const std::string& program();
// The path of a file of the source tree, for example of "samples/…".
std::string source(const std::string& path);

}  // namespace longshore::test
