// Where the build and the sources are.
#pragma once

#include <string>

namespace longshore::test {

// The built longshore.
const std::string& program();
// A file of the source tree: "samples/…".
std::string source(const std::string& path);

}  // namespace longshore::test
