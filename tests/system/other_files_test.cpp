// Files in the landing directory that longshore does not load.
#include "cli/operating.hpp"
#include "metrics/scraped.hpp"
#include "support/each_store.hpp"
#include "support/eventually.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

using namespace longshore;
using namespace longshore::test;

namespace {

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

std::vector<std::string> names_in_landing(const Pipeline& p) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator{p.config.landing})
    if (const std::string name = entry.path().filename(); !name.starts_with('.'))
      names.push_back(name);
  return names;
}

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

  TEST_CASE_ON_EACH_STORE("unread directories in landing are counted, and one warning names the first") {
    Pipeline p{target};
    p.config.once = false;
    for (int i = 0; i < 1'000; ++i)
      std::filesystem::create_directories(p.config.landing + "/veh" + std::to_string(1'000 + i) + "/day");
    std::ofstream{p.config.landing + "/veh1000/day/" + routed("1")} << document("a");
    Scraped daemon{p};
    CHECK(daemon.reaches("longshore_unread_directories", 1'000));
    std::filesystem::create_directory(p.config.landing + "/later");
    CHECK(daemon.reaches("longshore_unread_directories", 1'001));
    const Finished text = operate(p, {"status"});
    CHECK_MESSAGE(contains(text.out, "landing_unread_directories\t\t\t1001\n"), text.out);
    CHECK(contains(operate(p, {"status", "--json"}).out, R"("unread_directories":1001,"unread_directory_names":[")"));
    for (const std::string& name : names_in_landing(p))
      std::filesystem::remove_all(p.config.landing + "/" + name);
    CHECK(daemon.reaches("longshore_unread_directories", 0));
    CHECK(daemon.stop() == 0);
    const std::string warned = "1000 unread directories in the landing directory: files in them are not loaded; ";
    CHECK(contains(daemon.log(), warned));
    CHECK(count(daemon.log(), "in the landing directory: files in them are not loaded") == 1);
    CHECK(p.one("select count(*) from ingest_log") == "0");
  }
}
