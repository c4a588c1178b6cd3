#include "support/scratch_directory.hpp"

#include "base/error.hpp"
#include "support/listener.hpp"

#include <cerrno>
#include <mutex>
#include <ostream>
#include <vector>

#include <stdlib.h>

namespace longshore::test {
namespace {

std::mutex s_mutex;
std::vector<std::filesystem::path> s_directories;
bool s_any_failed = false;

// Only a listener learns the result of a test case: a failed CHECK does not throw.
struct Sweeper : Listener {
  explicit Sweeper(const doctest::ContextOptions& options) : out(*options.cout) {}

  void test_case_end(const doctest::CurrentTestCaseStats& stats) override {
    const std::lock_guard lock{s_mutex};
    s_any_failed = s_any_failed || !stats.testCaseSuccess;
    for (const auto& directory : s_directories) {
      std::error_code ignored;
      if (stats.testCaseSuccess)
        std::filesystem::remove_all(directory, ignored);
      else
        out << "kept: " << directory.string() << "\n";
    }
    s_directories.clear();
  }

  std::ostream& out;
};

REGISTER_LISTENER("sweeper", 1, Sweeper);

}  // namespace

ScratchDirectory::ScratchDirectory() {
  std::string name = std::filesystem::temp_directory_path() / "longshore-test-XXXXXX";
  if (!::mkdtemp(name.data()))
    throw system_error(errno, "mkdtemp " + name);
  m_path = name;
  const std::lock_guard lock{s_mutex};
  s_directories.push_back(m_path);
}

bool any_test_failed() {
  const std::lock_guard lock{s_mutex};
  return s_any_failed;
}

}  // namespace longshore::test
