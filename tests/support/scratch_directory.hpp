// A temporary directory. It is removed when the test case passes. After a failure it stays, and its path is printed.
#pragma once

#include <filesystem>
#include <string>

namespace longshore::test {

class ScratchDirectory {
 public:
  ScratchDirectory();

  const std::filesystem::path& path() const { return m_path; }
  std::string operator/(const std::string& name) const { return m_path / name; }

 private:
  std::filesystem::path m_path;
};

// Whether a test case of this process has failed so far.
bool any_test_failed();

}  // namespace longshore::test
