// Extremely large files: each gets an outcome, and the daemon's memory does not grow with them.
#include "cli/run_program.hpp"
#include "decode/decoding.hpp"
#include "support/compressed.hpp"
#include "support/daemon_process.hpp"
#include "support/each_store.hpp"
#include "support/eventually.hpp"
#include "support/records.hpp"
#include "support/skip.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include <unistd.h>

using namespace longshore;
using namespace longshore::test;

namespace {

const std::string k_head = "{\"objects_detection_events\": [";

std::string repeated(const std::string& piece, std::size_t times) {
  std::string text;
  text.reserve(piece.size() * times);
  for (std::size_t i = 0; i < times; ++i)
    text += piece;
  return text;
}

std::string many_names(std::size_t bytes) {
  std::string text = "{";
  for (std::size_t i = 0; text.size() < bytes; ++i)
    text += "\"name" + std::to_string(i) + "\":0,";
  text.back() = '}';
  return text;
}

}  // namespace

TEST_SUITE("system") {
  TEST_CASE_ON_EACH_STORE(
      "C14 C16 D35 F39: a terabyte, a bomb, a million names and a million rejects each get an outcome in little memory") {
    Pipeline p{target};
    p.config.once = false;
    p.config.grace = std::chrono::milliseconds{50};
    DaemonProcess daemon{p, {.words = {"--max-document-bytes", "40MB"}, .environment = {}, .prefix = {}}};
    REQUIRE(daemon.wait_for_log(" watches "));
    for (const bool begins_well : {false, true}) {
      const std::string upload = p.config.landing + "/.sparse";
      std::ofstream{upload} << (begins_well ? k_head : "");
      if (::truncate(upload.c_str(), off_t{1} << 40) != 0)
        skip_case("the file system cannot hold a sparse terabyte");
      else
        std::filesystem::rename(upload, p.config.landing + (begins_well ? "/objects_detection_terabyte.json"
                                                                        : "/objects_detection_nothing.json"));
    }
    p.drop("objects_detection_bomb.json.gz", gzip(k_head + std::string(std::size_t{100} << 20, ' ') + "]}", 1));
    p.drop("objects_detection_names.json", k_head + event("n", k_time) + "," + many_names(10'000'000) + "]}");
    p.drop("objects_detection_rejects.json", k_head + event("r", k_time) + repeated(",{}", 1'000'000) + "]}");
    CHECK(eventually([&] { return p.files("processed").size() + p.files("failed").size() / 2 == 5; },
                     std::chrono::minutes{2}));
    CHECK(process_status(daemon.pid(), "VmHWM") > 0);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    CHECK(process_status(daemon.pid(), "VmHWM") < 150 * 1024);
#endif
    CHECK(daemon.stop() == 0);
    CHECK(
        p.rows("select file_name, status, records, rows_loaded, rows_rejected from ingest_log where status <> 'failed' "
               "order by file_name") ==
        std::vector<std::string>{"objects_detection_names.json|partial|2|1|1",
                                 "objects_detection_rejects.json|partial|1000001|1|1000000"});
    CHECK(p.rows("select file_name, error_offset from ingest_log where status = 'failed' order by file_name") ==
          std::vector<std::string>{"objects_detection_bomb.json.gz|\\N", "objects_detection_nothing.json|0",
                                   "objects_detection_terabyte.json|30"});
    CHECK(p.one("select count(distinct file_id * 10000000 + record_no) from ingest_rejects") == "1001");
    CHECK(
        p.one("select min(record_no), max(record_no) from ingest_rejects r join ingest_log l on l.file_id = r.file_id "
              "where l.file_name = 'objects_detection_rejects.json'") == "2|1001");
    CHECK(p.one("select count(*) from ingest_rejects where length(raw) > 10000") == "0");
    p.check_books();
  }

  TEST_CASE("P13: with a stack of 512 KiB a document of 1 000 levels loads, and a deeper one fails") {
    const ScratchDirectory database;
    Pipeline p{{store::Engine::sqlite, database / "longshore.db"}};
    const auto deep = [](std::size_t levels) {
      const std::string record = event("v" + std::to_string(levels), k_time);
      return k_head + record.substr(0, record.size() - 1) + ",\"more\":" + std::string(levels, '[') +
             std::string(levels, ']') + "}]}";
    };
    p.drop("objects_detection_deep.json", deep(990));
    p.drop("objects_detection_deeper.json", deep(1'010));
    p.drop("objects_detection_deepest.json", deep(1'000'000));
    DaemonProcess daemon{
        p, {.words = {"--max-depth", "1000"}, .environment = {}, .prefix = {"prlimit", "--stack=524288"}}};
    CHECK(daemon.wait() == 65);
    CHECK(p.rows("select file_name, status from ingest_log order by file_name") ==
          std::vector<std::string>{"objects_detection_deep.json|loaded", "objects_detection_deeper.json|failed",
                                   "objects_detection_deepest.json|failed"});
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("K03: the machine's time zone changes no row") {
    std::vector<std::vector<std::string>> found;
    for (const char* zone : {"UTC", "America/St_Johns", "Pacific/Kiritimati", "nonsense"}) {
      Pipeline p{fresh_like(target)};
      p.drop("objects_detection_1.json", events(event("v", k_time) + "," + event("w", "2026-03-29T02:30:00") + "," +
                                                event("x", "2026-10-25T02:30:00+02:00")));
      std::vector<std::string> words = p.flags();
      words.insert(words.begin(), "run");
      CHECK(run_longshore(words, {{"TZ", zone}}).exit == 0);
      found.push_back(p.data());
      found.back().push_back(p.one("select substr(cast(max(modified_at) as text), 1, 10) from ingest_log"));
    }
    for (const auto& rows : found)
      CHECK(rows == found[0]);
  }
}
