// The wall clock jumps while files arrive, and files have unusual modification times.
#include "support/each_store.hpp"
#include "support/skip.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <sys/stat.h>

using namespace longshore;
using namespace longshore::test;
namespace fs = std::filesystem;

namespace {

// "" if it is not installed.
std::string libfaketime() {
  for (const char* directory : {"/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib"})
    if (const std::string path = std::string{directory} + "/faketime/libfaketimeMT.so.1"; fs::exists(path))
      return path;
  return {};
}

void replace_file(const std::string& path, const std::string& text) {
  write_file(path + ".new", text);
  fs::rename(path + ".new", path);
}

}  // namespace

TEST_SUITE("system") {
  TEST_CASE(
      "K01: the clock jumps by years in both directions: all files are loaded, without delay or a flood of log lines") {
    const std::string library = libfaketime();
    if (library.empty())
      SKIP("libfaketime is not installed");
    const ScratchDirectory directory;
    Pipeline p{sqlite_in(directory)};
    p.config.rescan = 500ms;
    const std::string clock = p.scratch / "clock";
    replace_file(clock, "+0");
    Running daemon{p,
                   {.words = {},
                    .environment = {{"LD_PRELOAD", library},
                                    {"FAKETIME_TIMESTAMP_FILE", clock},
                                    {"FAKETIME_NO_CACHE", "1"},
                                    {"FAKETIME_DONT_FAKE_MONOTONIC", "1"},
                                    {"NO_FAKE_STAT", "1"}},
                    .prefix = {}}};
    std::size_t files = 0;
    for (const char* offset : {"+1y", "-1y", "+0", "+10y", "-10y", "+1s", "-1s", "+0"}) {
      p.drop(routed("r" + std::to_string(files)), document("r" + std::to_string(files)));
      replace_file(clock, offset);
      p.drop(routed("s" + std::to_string(files)), document("s" + std::to_string(files)));
      write_file(landing_path(p, routed("w" + std::to_string(files))), document("w" + std::to_string(files)));
      files += 3;
      REQUIRE(all_settled(p, files));
    }
    CHECK(daemon.wait_for_log("the clock jumped"));
    CHECK(daemon.stop() == 0);
    CHECK(p.one("select count(*) from ingest_log where status = 'loaded'") == std::to_string(files));
    const std::string log = daemon.log();
    CHECK(std::count(log.begin(), log.end(), '\n') < 100);  // no flood
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("K02: files with times of 1970, of the far future and before 1970 are loaded") {
    Pipeline p{target};
    Running daemon{p};
    const std::vector<timespec> times = {
        {0, 0}, {1, 999'999'999}, {4'102'444'800, 0}, {-86'400, 0}, {253'402'300'799, 0}};
    for (std::size_t i = 0; i < times.size(); ++i)
      for (const char* manner : {"renamed", "copied"}) {
        const std::string name = routed(manner + std::to_string(i));
        const bool is_renamed = *manner == 'r';
        const std::string path = landing_path(p, is_renamed ? ".upload" : name);
        write_file(path, document(name));
        const timespec both[2] = {times[i], times[i]};
        ::utimensat(AT_FDCWD, path.c_str(), both, 0);
        if (is_renamed)
          fs::rename(path, landing_path(p, name));
      }
    CHECK(all_settled(p, 2 * times.size()));
    CHECK(daemon.stop() == 0);
    CHECK(p.one("select count(*) from ingest_log where status = 'loaded'") == std::to_string(2 * times.size()));
    p.check_books();
  }
}
