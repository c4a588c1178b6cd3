#include "support/places.hpp"

namespace longshore::test {

const std::string& program() {
  static const std::string path = LONGSHORE_BINARY;
  return path;
}

std::string source(const std::string& path) { return LONGSHORE_SOURCE_DIR "/" + path; }

}  // namespace longshore::test
