#include "notify/report_log.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace longshore;

namespace {

store::LedgerRow row(const std::string& name, store::Status status, const std::string& error = "") {
  store::LedgerRow row;
  row.file_name = name;
  row.status = status;
  row.error = error;
  row.rows_loaded = 12000;
  row.rows_duplicate = 3;
  row.rows_rejected = status == store::Status::partial ? 1 : 0;
  return row;
}

auto lines(const std::string& text) { return std::ranges::count(text, '\n'); }

}  // namespace

TEST_SUITE("notices") {
  TEST_CASE("a report has a line for each file, those with a problem first") {
    notify::ReportLog log;
    CHECK(log.take() == "");
    log.add(row("a.json", store::Status::loaded));
    log.add(row("b.json", store::Status::partial));
    log.add(row("c.json", store::Status::failed, "not JSON at byte 3"));
    log.add(row("d.json", store::Status::duplicate));
    CHECK(log.take() == "partial b.json: 12000 rows, 3 duplicates, 1 rejects\n"
                        "failed c.json: not JSON at byte 3\n"
                        "loaded a.json: 12000 rows, 3 duplicates, 0 rejects\n"
                        "duplicate d.json\n");
    CHECK(log.take() == "");
  }

  TEST_CASE("a report of many files has at most 64 KiB, and its last line counts the others") {
    notify::ReportLog log;
    for (int i = 0; i < 10'000; ++i)
      log.add(row("good_" + std::to_string(i), store::Status::duplicate));
    log.add(row("bad", store::Status::failed, "boom"));
    const std::string text = log.take();
    CHECK(text.size() <= 64 * 1024);
    CHECK(text.size() > 60 * 1024);
    CHECK(text.starts_with("failed bad: boom\nduplicate good_0\n"));
    CHECK(text.ends_with("\nand " + std::to_string(10'001 - (lines(text) - 1)) + " more: longshore log\n"));

    for (int i = 0; i < 10'000; ++i)
      log.add(row("bad_" + std::to_string(i), store::Status::failed, "boom"));
    for (int i = 0; i < 3; ++i)
      log.add(row("good", store::Status::loaded));
    const std::string problems = log.take();
    CHECK(problems.size() <= 64 * 1024);
    CHECK(problems.find("loaded") == std::string::npos);
    CHECK(problems.ends_with("\nand " + std::to_string(10'003 - (lines(problems) - 1)) + " more: longshore log\n"));
  }
}
