// Compresses documents in the formats of gzip(1) and zstd(1).
#pragma once

#include <string>

namespace longshore::test {

// Level 1 is faster, for large documents.
std::string gzip(const std::string& text, int level = 9);
std::string zstd(const std::string& text);

}  // namespace longshore::test
