#include "metrics/scraped.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <filesystem>

using namespace longshore;
using namespace longshore::test;

namespace {

Start writing(const std::string& path) { return {.words = {"--metrics-textfile", path}}; }

std::size_t times(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

}  // namespace

TEST_SUITE("observe") {
  TEST_CASE("run --once leaves its final metrics in the textfile") {
    ScratchDirectory directory;
    Pipeline p{sqlite_in(directory)};
    const std::string path = p.scratch / "longshore.prom";
    write_file(path, "longshore_jobs 17\n");
    for (int i = 0; i < 50; ++i)
      p.drop(routed(std::to_string(i)), document(std::to_string(i)));
    CHECK(DaemonProcess{p, writing(path)}.wait() == 0);
    const std::string text = content_of(path);
    const auto all = series_of(text);
    CHECK(all.at("longshore_files_total{feed=\"objects_detection\",outcome=\"loaded\"}") == 50);
    CHECK(all.at("longshore_files_waiting") == 0);
    CHECK(all.at("longshore_jobs") == 0);
    CHECK(all.at("longshore_database_up") == 1);
    // node_exporter has its own of these and would refuse the file
    CHECK(text.find("\nprocess_") == std::string::npos);
    CHECK_FALSE(std::filesystem::exists(path + ".tmp"));
    using std::filesystem::perms;
    CHECK((std::filesystem::status(path).permissions() & perms::others_read) == perms::others_read);
  }

  TEST_CASE("a daemon writes the textfile from its start on, with its counters") {
    ScratchDirectory directory;
    Pipeline p{sqlite_in(directory)};
    const std::string path = p.scratch / "longshore.prom";
    Running daemon{p, writing(path)};
    CHECK(eventually([&] { return content_of(path).find("\nlongshore_database_up 1\n") != std::string::npos; }));
    p.drop(routed("1"), document("1"));
    REQUIRE(all_settled(p, 1));
    CHECK(daemon.stop() == 0);  // writes the file a last time
    CHECK(series_of(content_of(path)).at("longshore_files_total{feed=\"objects_detection\",outcome=\"loaded\"}") == 1);
  }

  TEST_CASE("a textfile that cannot be written is logged once, and files are loaded") {
    ScratchDirectory directory;
    Pipeline p{sqlite_in(directory)};
    p.drop(routed("1"), document("1"));
    DaemonProcess run{p, writing(p.scratch / "absent/longshore.prom")};
    CHECK(run.wait() == 0);
    CHECK_MESSAGE(times(run.log(), "metrics file cannot be written") == 1, run.log());
    CHECK(p.one("select status from ingest_log") == "loaded");
  }
}
