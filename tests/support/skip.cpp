#include "support/skip.hpp"

#include "support/listener.hpp"

#include <ostream>
#include <set>
#include <utility>
#include <vector>

namespace longshore::test {
namespace {

std::set<std::string> s_reasons;  // of the running test case

struct SkipReport : Listener {
  explicit SkipReport(const doctest::ContextOptions& options) : m_out(*options.cout) {}

  void test_case_start(const doctest::TestCaseData& data) override { m_title = data.m_name; }

  void test_case_end(const doctest::CurrentTestCaseStats& stats) override {
    if (stats.testCaseSuccess && !s_reasons.empty())
      m_skipped.emplace_back(m_title, s_reasons);
    s_reasons.clear();
  }

  void test_run_end(const doctest::TestRunStats& stats) override {
    const unsigned failed = stats.numTestCasesFailed;
    m_out << "[longshore] test cases: " << stats.numTestCasesPassingFilters - failed - m_skipped.size() << " passed, "
          << failed << " failed, " << m_skipped.size() << " skipped\n";
    for (const auto& [title, reasons] : m_skipped)
      for (const std::string& reason : reasons)
        m_out << "[longshore] skipped: " << title << ": " << reason << "\n";
  }

 private:
  std::ostream& m_out;
  std::string m_title;
  std::vector<std::pair<std::string, std::set<std::string>>> m_skipped;
};

REGISTER_LISTENER("skip_report", 1, SkipReport);

}  // namespace

void skip_case(const std::string& why) { s_reasons.insert(why); }

}  // namespace longshore::test
