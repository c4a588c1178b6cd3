// Documents as gzip(1) and zstd(1) would write them.
#pragma once

#include <string>

namespace longshore::test {

std::string gzip(const std::string& text);
std::string zstd(const std::string& text);

}  // namespace longshore::test
