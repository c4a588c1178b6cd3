// Names and contents that look like log lines, terminal escapes, SQL, formats or options. Uploaders choose them; what longshore logs
// and stores must be one line of correct plain text.
#include "base/text.hpp"
#include "cli/run_program.hpp"
#include "decode/decoding.hpp"
#include "support/daemon_process.hpp"
#include "support/each_store.hpp"
#include "support/eventually.hpp"
#include "support/places.hpp"
#include "support/records.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

using namespace longshore;
using namespace longshore::test;
using namespace std::string_literals;

namespace {

// Each is a file name without its ending.
const std::vector<std::string>& hostile_pieces() {
  static const std::vector<std::string> pieces = {
      "-rf",
      "--config=x",
      "a\nERROR forged line",
      "a\r\n<3>forged priority",
      "a\x1b[2J\x1b]0;owned\x07",
      "a\xc2\x9b"
      "31mC1",
      "a\xe2\x80\xaegnp.exe",
      "a\xe2\x80\xa8separated\xe2\x80\xa9",
      "a\xe2\x81\xa6isolated",
      "a\x7f\x01\x08\x0b\x0c",
      "a\xff\xfe\xc0\xaf\xed\xa0\x80",
      "a\xf0\x9f\x98\x80\xc3\xa9\xcc\x81",
      "a'); drop table ingest_log; --",
      "a\"; drop table ingest_log; --",
      "a$(touch owned)`touch owned`${HOME}",
      "a%s%n%d%1$s{}{0}{:>99999}",
      "a\\.\\N\\x41\\",
      "a\tb|c,d;e",
      "a b  ",
      "..a",
      std::string(240, 'x'),
      "a" + std::string(238, '\n'),
  };
  return pieces;
}

// Feeds that match every name that ends in .good.json or .bad.json.
class AnyName {
 public:
  AnyName() {
    std::ifstream declared{source("schema/feeds/objects_detection.toml")};
    std::string text{std::istreambuf_iterator<char>{declared}, {}};
    const auto at = text.find("files   = ");
    REQUIRE(at != std::string::npos);
    text.replace(at, text.find('\n', at) - at, R"(files = ["*.good.json", "*.bad.json"])");
    std::ofstream{m_scratch / "objects_detection.toml"} << text;
  }
  std::string directory() const { return m_scratch.path(); }

 private:
  ScratchDirectory m_scratch;
};

// Every line is printable. Tabs separate the fields of listings.
void check_is_plain(const std::string& what, const std::string& text) {
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);) {
    std::ranges::replace(line, '\t', ' ');
    CHECK_MESSAGE(printable(line) == line, what << ": " << escape(line));
  }
}

std::size_t lines_with(const std::string& text, const std::string& part) {
  std::istringstream in{text};
  std::size_t lines = 0;
  for (std::string line; std::getline(in, line);)
    lines += line.find(part) != std::string::npos ? 1 : 0;
  return lines;
}

// The output of every command for the pipeline's database.
void check_every_command(Pipeline& p, const std::string& feeds) {
  const std::vector<std::string> database = {"--database", p.config.database};
  std::vector<std::vector<std::string>> commands = {
      {"log", "--limit", "1000"},
      {"log", "--limit", "1000", "--json"},
      {"rejects", "--limit", "1000"},
      {"rejects", "--limit", "1000", "--json"},
      {"status", "--landing", p.config.landing, "--feeds", feeds},
      {"status", "--landing", p.config.landing, "--feeds", feeds, "--json"}};
  for (auto& words : commands) {
    words.insert(words.end(), database.begin(), database.end());
    const Finished said = run_longshore(words);
    CHECK_MESSAGE(said.exit == 0, said.err);
    CHECK((words[0] == "rejects" || !said.out.empty()));
    check_is_plain(words[0], said.out + said.err);
    if (words[0] != "status" && words.back() != "--json" && words.size() == 5)
      for (const auto& fields : tab_lines(said.out))
        CHECK(fields.size() == tab_lines(said.out)[0].size());
  }
}

}  // namespace

TEST_SUITE("system") {
  TEST_CASE_ON_EACH_STORE(
      "F18 X04: names that look like log lines, escapes, SQL, formats or options are handled as plain names") {
    const AnyName feeds;
    Pipeline p{target};
    p.config.once = false;
    p.config.log_level = "debug";
    p.config.grace = std::chrono::milliseconds{100};
    DaemonProcess daemon{p, {.words = {"--feeds", feeds.directory()}, .environment = {}, .prefix = {}}};
    REQUIRE(daemon.wait_for_log(" watches "));
    std::set<std::string> good;
    std::set<std::string> bad;
    int number = 0;
    for (const std::string& piece : hostile_pieces()) {
      const std::string vehicle = "v" + std::to_string(++number);
      if (piece.starts_with('.'))
        continue;
      p.drop(*good.insert(piece + ".good.json").first, events(event(vehicle, k_time)));
      p.drop(*bad.insert(piece + ".bad.json").first, "{\"no\x1b[31m\": " + vehicle);
    }
    p.drop("nothing\n\x1b[31mof \xff any feed", "x");
    const std::size_t all = good.size() + bad.size();
    CHECK(eventually([&] { return p.one("select count(*) from ingest_log") == std::to_string(all + 1); }));
    CHECK(eventually([&] { return p.files("landing").size() == 1; }));
    CHECK(daemon.stop() == 0);

    CHECK(p.one("select count(*) from detection_events") == std::to_string(good.size()));
    std::set<std::string> logged;
    for (const std::string& name : p.rows("select file_name from ingest_log where status <> 'unrouted'")) {
      CHECK(printable(name) == name);
      logged.insert(unescape(name));
      CHECK_MESSAGE(lines_with(daemon.log(), "Z info  " + name + ": objects_detection loaded") +
                            lines_with(daemon.log(), "Z error " + name + ": failed: ") ==
                        1,
                    name);
    }
    std::set<std::string> dropped = good;
    dropped.insert(bad.begin(), bad.end());
    CHECK(logged == dropped);
    for (const std::string& path : p.files("processed"))
      CHECK(good.erase(std::filesystem::path{path}.filename()) == 1);
    CHECK(good.empty());
    std::size_t reasons = 0;
    for (const std::string& path : p.files("failed"))
      if (bad.erase(std::filesystem::path{path}.filename()) == 0) {
        const std::string reason = content_of(p.scratch / ("failed/" + path));
        check_is_plain("reason", reason);
        CHECK(lines_with(reason, "file: ") == 1);
        CHECK(std::ranges::count(reason, '\n') == 10);
        ++reasons;
      }
    CHECK(bad.empty());
    CHECK(reasons == logged.size() / 2);
    check_is_plain("the daemon's log", daemon.log());
    CHECK(lines_with(daemon.log(), "forged") == 4);
    check_every_command(p, feeds.directory());
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE(
      "C07 X04 X05: values that look like SQL, COPY marks or escapes are stored unchanged, and escaped in reasons") {
    Pipeline p{target};
    // in JSON, and as expected in the table
    const std::vector<std::pair<std::string, std::string>> values = {
        {R"('); drop table detection_events; --)", "'); drop table detection_events; --"},
        {R"(\\.)", "\\."},
        {R"(\\N)", "\\N"},
        {R"(a\tb\nc\rd)", "a\tb\nc\rd"},
        {R"(\u001b[31m)", "\x1b[31m"},
        {R"(%s%n{}{0})", "%s%n{}{0}"},
        {R"(\u202egnp)", "\xe2\x80\xaegnp"},
        {R"(\u009b31m)", "\xc2\x9b"
                         "31m"},
        {R"({a,NULL,\"b\"})", "{a,NULL,\"b\"}"},
        {R"(\ud83d\ude00)", "\xf0\x9f\x98\x80"},
    };
    std::string records;
    std::vector<std::string> stored;
    for (const auto& [json, value] : values) {
      records += event(json, k_time, R"([{"object_type":")" + json + R"(","object_value":4}])") + ",";
      stored.push_back(value + "|" + value);
    }
    // each is rejected, and its reason or text quotes it
    for (const std::string& wrong : std::vector<std::string>{
             "{\"vehicle_id\":\"\\u0000\\u001b[31m\",\"detection_time\":\"" + k_time +
                 "\",\"object_type\":\"x\",\"object_value\":1}",
             event("v", "\\u001b[31m\\u202enow\\n"), event("v", "now"), event("v", "infinity"),
             "{\"vehicle_id\":\"\\ud800\\u009b\",\"detection_time\":\"x\"}",
             "{\"\\u001b]0;x\\u0007\":1,\"vehicle_id\":7}", "\"\xe2\x80\xae\xc2\x9b \\u001b\x7f\""s})
      records += wrong + ",";
    records.pop_back();
    p.drop("objects_detection_values.json", events(records));
    // the parser's message quotes the wrong place
    int number = 0;
    for (const std::string& snippet :
         {"\x1b[31m"s, "\xc2\x9b"s, "\xe2\x80\xae"s, "\xff"s, "\n\x01\n"s, "\"a\x1b\""s, "\0"s})
      p.drop("objects_detection_broken" + std::to_string(++number) + ".json",
             "{\"objects_detection_events\": [" + snippet + "]}");
    p.drop("objects_detection_twice.json",
           "{\"\\u001b\":1,\"objects_detection_events\":[],\"objects_detection_events\":[]}");
    std::vector<std::string> words = {"run"};
    for (const std::string& word : p.flags())
      words.push_back(word);
    const Finished run = run_longshore(words);
    CHECK(run.exit == 65);
    check_is_plain("run", run.out + run.err);

    std::ranges::sort(stored);
    auto found = p.rows("select vehicle_id, object_type from detections");
    std::ranges::sort(found);
    CHECK(found == stored);
    CHECK(p.one("select rows_rejected from ingest_log where file_name = 'objects_detection_values.json'") == "7");
    for (const char* sql : {"select reason from ingest_rejects", "select field from ingest_rejects",
                            "select raw from ingest_rejects", "select error from ingest_log"})
      for (const std::string& text : p.rows(sql))
        CHECK_MESSAGE(printable(text) == text, sql << ": " << escape(text));
    for (const std::string& path : p.files("failed"))
      if (path.ends_with(".reason.txt"))
        check_is_plain(path, content_of(p.scratch / ("failed/" + path)));
    const ScratchDirectory no_feeds;
    check_every_command(p, no_feeds.path());
    p.check_books();
  }

  TEST_CASE("X04: check escapes hostile names and contents") {
    const ScratchDirectory scratch;
    std::vector<std::string> words = {"check", "--"};
    for (const std::string& piece : {"a\nforged"s, "b\x1b[31m"s, "c\xe2\x80\xae"s, "d\xff%s"s}) {
      const std::string path = scratch / ("objects_detection_" + piece + ".json");
      std::ofstream{path} << "{\"objects_detection_events\": [\x1b]}";
      words.push_back(path);
    }
    words.push_back(scratch / "missing\x1b[31m");
    for (const bool json : {false, true}) {
      if (json)
        words.insert(words.begin() + 1, "--json");
      const Finished said = run_longshore(words);
      CHECK(said.exit != 0);
      check_is_plain("check", said.out + said.err);
    }
  }

  TEST_CASE("X04: arguments and settings with escape sequences are escaped in messages") {
    const ScratchDirectory scratch;
    const std::string evil = scratch / "\n\x1b[31m\xff";
    for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
             {"\x1b[31m"},
             {"run", "--\x1b[31m"},
             {"run", "--landing", evil, "--once", "--database", "sqlite:" + evil + "/db"},
             {"run", "--config", evil},
             {"run", "--feeds", evil},
             {"status", "--landing", evil, "--database", "sqlite:" + evil},
             {"status", "--database", "host=/nowhere dbname='\x1b[31m\n'"},
             {"log", "--database", "\x1b[31m"},
             {"log", "--since", "\x1b[31m"},
             {"rejects", "\x1b[31m"},
             {"config", "show", "--landing", evil},
             {"migrate", "--database", "sqlite:" + evil + "/db"},
             {"feeds", "\x1b[31m"},
             {"generate", evil, "--files", "\x1b[31m"}}) {
      const Finished said = run_longshore(words);
      check_is_plain(words[0], said.out + said.err);
    }
  }
}
