// One name is replaced again and again while the daemon claims it: every archived file must be the one that was read.
#include "base/digest.hpp"
#include "support/each_store.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <thread>

using namespace longshore;
using namespace longshore::test;
namespace fs = std::filesystem;

namespace {

constexpr int k_records = 7;

// Replaces the file by rename for `time`. Returns the SHA-256 of each version in order.
std::vector<std::string> replace_again_and_again(const Pipeline& p, const std::string& name,
                                                 std::chrono::milliseconds time) {
  const std::string upload = landing_path(p, ".upload-" + name);
  std::vector<std::string> versions;
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) {
    const std::string content = document(name + " " + std::to_string(versions.size()), k_records);
    write_file(upload, content);
    fs::rename(upload, landing_path(p, name));
    versions.push_back(Sha256::of(content));
    if (versions.size() % 8 == 0)
      std::this_thread::sleep_for(std::chrono::microseconds{100 * (versions.size() % 40)});
  }
  return versions;
}

}  // namespace

TEST_SUITE("system") {
  TEST_CASE_ON_EACH_STORE(
      "F02: a file is replaced repeatedly: nothing is archived unread, and the last version is loaded") {
    Pipeline p{target};
    Running daemon{p};
    const std::string one = routed("one");
    const std::string two = routed("two");
    std::vector<std::string> versions;
    std::thread producer{[&] { versions = replace_again_and_again(p, one, 1s); }};
    const auto others = replace_again_and_again(p, two, 1s);
    producer.join();
    const std::set<std::string> last{versions.back(), others.back()};
    versions.insert(versions.end(), others.begin(), others.end());

    REQUIRE(eventually([&] {
      const auto loaded = p.rows("select sha256 from ingest_log where status = 'loaded'");
      return std::ranges::count_if(loaded, [&](const auto& sha256) { return last.contains(sha256); }) == 2;
    }));
    CHECK(daemon.stop() == 0);
    const auto archived = p.files("processed");
    MESSAGE(versions.size() << " versions were written, " << archived.size() << " were claimed");
    CHECK(archived.size() > 4);
    CHECK(p.files("failed").empty());
    // Each claimed version was loaded completely and is at the place in its row; the rest were replaced before.
    const std::set<std::string> written(versions.begin(), versions.end());
    const auto ledger = p.rows("select status, rows_loaded, sha256, archive_path from ingest_log order by file_id");
    CHECK(ledger.size() == archived.size());
    for (const std::string& row : ledger) {
      const std::string sha256 = row.substr(row.find('|', 7) + 1, 64);
      CHECK(row.starts_with("loaded|" + std::to_string(k_records) + "|" + sha256));
      CHECK(written.contains(sha256));
      CHECK(sha256_of_file(p.scratch / row.substr(row.rfind('|') + 1)) == sha256);
    }
    CHECK(p.files("landing").empty());
    p.check_books();
  }

  TEST_CASE_FIXTURE(
      OnSqlite,
      "F02: a file is rewritten in place repeatedly: its last version is loaded, and no mixture of two versions") {
    p.config.grace = 200ms;
    Running daemon{p};
    std::set<std::string> versions;
    std::string last;
    for (int i = 0; i < 150; ++i) {
      const std::string content = document("v" + std::to_string(i), 200);
      write_file(landing_path(p, routed("1")), content);
      versions.insert(last = Sha256::of(content));
      std::this_thread::sleep_for(std::chrono::milliseconds{i % 16});  // around close_delay
    }
    CHECK(eventually([&] {
      return p.one("select count(*) from ingest_log where status = 'loaded' and sha256 = '" + last + "'") == "1";
    }));
    CHECK(daemon.stop() == 0);
    for (auto& r : p.rows("select status, error, count(*) from ingest_log group by 1, 2"))
      MESSAGE(r);
    for (const std::string& row : p.rows("select sha256, status, rows_loaded from ingest_log"))
      if (row.find("|loaded|") != std::string::npos) {
        CHECK(row.ends_with("|200"));
        CHECK(versions.contains(row.substr(0, 64)));
      }
    p.check_books();
  }
}
