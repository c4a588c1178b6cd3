// Files in the landing directory that longshore does not load.
#include "cli/operating.hpp"
#include "support/each_store.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <filesystem>

using namespace longshore;
using namespace longshore::test;

namespace {

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_SUITE("system") {
  TEST_CASE_ON_EACH_STORE("thousands of files without a feed are rows of the ledger and one warning") {
    Pipeline p{target};
    for (int i = 0; i < 2'000; ++i)
      p.drop("notes_" + std::to_string(i) + ".txt", "x");
    p.drop(routed("1"), document("a"));
    DaemonProcess run{p, {.words = {"--once"}}};
    CHECK(run.wait() == 0);
    CHECK(p.one("select count(*) from ingest_log where status = 'unrouted'") == "2000");
    CHECK(p.one("select count(*) from ingest_log where status = 'loaded'") == "1");
    CHECK(p.files("landing").size() == 2'000);
    CHECK(contains(run.log(), "2000 files whose name no feed matches, left in the landing directory: notes_"));
    CHECK(!contains(run.log(), ": no feed matches this file name"));
    p.check_books();
  }

  TEST_CASE_FIXTURE(OnSqlite, "a file that the setting ignore names is not touched, recorded or counted") {
    p.drop(routed("1") + ".md5", "d41d8cd98f00b204e9800998ecf8427e");
    p.drop("README", "x");
    p.drop("notes.txt", "x");
    DaemonProcess run{p, {.words = {"--once", "--ignore", "*.md5,README*"}}};
    CHECK(run.wait() == 0);
    CHECK(p.rows("select file_name from ingest_log") == std::vector<std::string>{"notes.txt"});
    CHECK(p.files("landing").size() == 3);

    const auto status = operate(p, {"status", "--ignore", "*.md5,README*"});
    CHECK_MESSAGE(contains(status.out, "landing_unrouted_files\t\t\t1\n"), status.out);
    const auto checked = run_longshore({"check", p.config.landing + "/README", "--ignore", "README*"});
    CHECK_MESSAGE(contains(checked.out, "README: not touched: its name matches the setting ignore"), checked.out);
  }
}
