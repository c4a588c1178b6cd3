// Repeated names and contents, and entries that are not regular files.
#include "support/each_store.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <filesystem>

#include <sys/stat.h>
#include <unistd.h>

using namespace longshore;
using namespace longshore::test;
namespace fs = std::filesystem;

namespace {

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1))
    ++n;
  return n;
}

}  // namespace

TEST_SUITE("system") {
  TEST_CASE_FIXTURE(OnSqlite,
                    "F35: one name delivered a hundred times with different bytes: each file is loaded and kept") {
    Running daemon{p};
    constexpr int k_times = 100;
    const std::string path = landing_path(p, routed("1"));
    for (int i = 0; i < k_times; ++i) {
      p.drop(routed("1"), document("v" + std::to_string(i)));
      REQUIRE(eventually([&] { return !fs::exists(path); }));
    }
    CHECK(all_settled(p, k_times));
    CHECK(daemon.stop() == 0);
    CHECK(p.files("processed").size() == k_times);
    CHECK(p.one("select count(*) from ingest_log where status = 'loaded' and rows_loaded = 1") ==
          std::to_string(k_times));
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE(
      "F34: the same bytes under two hundred names at once: one is loaded, the rest are duplicates, all are kept") {
    Pipeline p{target};
    constexpr int k_names = 200;
    for (int i = 0; i < k_names; ++i)
      p.drop(routed(std::to_string(i)), document("v", 3));
    Running daemon{p};
    CHECK(all_settled(p, k_names));
    CHECK(daemon.stop() == 0);
    CHECK(p.rows("select status, count(*), sum(rows_loaded) from ingest_log group by 1 order by 1") ==
          std::vector<std::string>{"duplicate|199|0", "loaded|1|3"});
    CHECK(p.files("processed").size() == k_names);
    p.check_books();
  }

  TEST_CASE_FIXTURE(OnSqlite,
                    "F17: fifty hard links to one file outside landing: one is loaded, the rest are duplicates") {
    const std::string outside = p.scratch / "outside";
    write_file(outside, document("v"));
    Running daemon{p};
    for (int i = 0; i < 50; ++i)
      fs::create_hard_link(outside, landing_path(p, routed(std::to_string(i))));
    CHECK(all_settled(p, 50));
    CHECK(daemon.stop() == 0);
    CHECK(p.rows("select status, count(*) from ingest_log group by 1 order by 1") ==
          std::vector<std::string>{"duplicate|49", "loaded|1"});
    CHECK(p.files("processed").size() == 50);
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE(
      "F36 F37: a processed file moved back is a duplicate; a failed one fails again, and loads when it is repaired") {
    Pipeline p{target};
    Running daemon{p};
    const auto back = [&](const std::string& from) {
      const std::string name = fs::path{from}.filename();
      fs::rename(p.scratch / from, landing_path(p, name));
    };
    p.drop(routed("good"), document("good"));
    p.drop(routed("bad"), "[oops]");
    REQUIRE(all_settled(p, 2));
    back(p.one("select archive_path from ingest_log where status = 'loaded'"));
    back(p.one("select archive_path from ingest_log where status = 'failed'"));
    REQUIRE(all_settled(p, 4));
    p.drop(routed("bad"), document("repaired"));
    CHECK(all_settled(p, 5));
    CHECK(daemon.stop() == 0);
    CHECK(p.rows("select file_name, status from ingest_log order by 1, 2") ==
          std::vector<std::string>{routed("bad") + "|failed", routed("bad") + "|failed", routed("bad") + "|loaded",
                                   routed("good") + "|duplicate", routed("good") + "|loaded"});
  }

  TEST_CASE_FIXTURE(OnSqlite, "F16: directories, links and FIFOs in landing are left untouched, and reported once") {
    p.config.rescan = 100ms;
    Running daemon{p};
    const std::string sub = landing_path(p, "sub");
    fs::create_directory(sub);
    write_file(sub + "/" + routed("below"), document("below"));
    fs::create_directory(landing_path(p, routed("directory")));
    fs::create_symlink("/etc/passwd", landing_path(p, routed("link")));
    REQUIRE(::mkfifo(landing_path(p, routed("fifo")).c_str(), 0600) == 0);
    REQUIRE(eventually([&] { return count(daemon.log(), "stays in the landing directory") >= 2; }));
    p.drop(routed("1"), document("1"));
    REQUIRE(eventually([&] { return p.files("processed").size() == 1; }));
    std::this_thread::sleep_for(350ms);  // at least three more listings
    CHECK(daemon.stop() == 0);
    for (const std::string& name : {routed("link"), routed("fifo")})
      CHECK_MESSAGE(count(daemon.log(), "\"" + name + "\" stays in the landing directory") == 1, daemon.log());
    CHECK_MESSAGE(count(daemon.log(), "in the landing directory: files in them are not loaded") == 1, daemon.log());
    CHECK(outcomes(p) == std::vector<std::string>{routed("1") + "|loaded|1"});
    CHECK(fs::exists(sub + "/" + routed("below")));
  }
}
