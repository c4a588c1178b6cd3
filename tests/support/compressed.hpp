// Documents as gzip(1) and zstd(1) would write them.
#pragma once

#include <string>

namespace longshore::test {

// Level 1 is quick, for what is large.
std::string gzip(const std::string& text, int level = 9);
std::string zstd(const std::string& text);

}  // namespace longshore::test
