#include "cli/run_program.hpp"
#include "support/scratch_directory.hpp"

#include <doctest/doctest.h>
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

using namespace longshore;
using test::run_longshore;

namespace {

namespace fs = std::filesystem;

using Words = std::vector<std::string>;

Words with(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

std::map<std::string, std::string> files_in(const std::string& directory) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::directory_iterator{directory}) {
    std::ifstream file{entry.path(), std::ios::binary};
    files[entry.path().filename()] = {std::istreambuf_iterator<char>{file}, {}};
  }
  return files;
}

struct Counts {
  std::uint64_t files = 0, broken = 0, bytes = 0, records = 0, rows = 0, duplicates = 0, rejects = 0, detections = 0,
                vehicles = 0;
  bool operator==(const Counts&) const = default;
};

// The counts that the summary has for a feed.
Counts said(const std::string& summary, const std::string& feed) {
  for (const auto& line : test::tab_lines(summary)) {
    if (line[0] != feed)
      continue;
    std::vector<std::uint64_t> n;
    for (std::size_t i = 1; i < line.size(); ++i)
      n.push_back(std::stoull(line[i]));
    return {n.at(0), n.at(1), n.at(2), n.at(3), n.at(4), n.at(5), n.at(6), n.at(7), n.at(8)};
  }
  return {};
}

std::string text_of(const rapidjson::Value& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer writer{buffer};
  value.Accept(writer);
  return buffer.GetString();
}

bool is_time(const rapidjson::Value& value) { return value.IsString() && value.GetStringLength() == 24; }

// A separate reader, so that the generator and the decoder cannot share an error.
bool is_row(const rapidjson::Value& record, const char* time) {
  if (!record.HasMember(time) || !is_time(record[time]) || !record.HasMember("vehicle_id") ||
      !record["vehicle_id"].IsString() || record["vehicle_id"].GetStringLength() != 32)
    return false;
  if (std::string{time} == "report_time")
    return record.HasMember("status") && record["status"].IsString();
  for (const auto& detection : record["detections"].GetArray())
    if (!detection.HasMember("object_type") || !detection["object_type"].IsString() ||
        detection["object_value"].GetInt() < 1)
      return false;
  return true;
}

Counts counted(const std::map<std::string, std::string>& files, const std::string& feed) {
  const bool events = feed == "objects_detection";
  const char* time = events ? "detection_time" : "report_time";
  Counts counts;
  std::set<std::string> rows;
  std::set<std::string> vehicles;
  for (const auto& [name, text] : files) {
    if (!name.starts_with(feed))
      continue;
    counts.files += 1;
    counts.bytes += text.size();
    rapidjson::Document document;
    if (document.Parse(text.data(), text.size()).HasParseError()) {
      counts.broken += 1;
      continue;
    }
    for (const auto& record : document[events ? "objects_detection_events" : "vehicle_status"].GetArray()) {
      counts.records += 1;
      if (!is_row(record, time)) {
        counts.rejects += 1;
      } else if (!rows.insert(text_of(record)).second) {
        counts.duplicates += 1;
      } else {
        counts.rows += 1;
        counts.detections += events ? record["detections"].Size() : 0;
        vehicles.insert(record["vehicle_id"].GetString());
      }
    }
  }
  counts.vehicles = vehicles.size();
  return counts;
}

}  // namespace

TEST_CASE("the same seed gives the same files, another seed other files") {
  test::ScratchDirectory scratch;
  const Words rest = {"--files", "3", "--records", "200"};
  const auto first = run_longshore(with({"generate", scratch / "a"}, rest));
  const auto second = run_longshore(with({"generate", scratch / "b"}, rest));
  const auto other = run_longshore(with({"generate", scratch / "c", "--seed", "2"}, rest));
  CHECK(first.exit == 0);
  CHECK(files_in(scratch / "a") == files_in(scratch / "b"));
  CHECK(first.out == second.out);
  CHECK(files_in(scratch / "a") != files_in(scratch / "c"));
}

TEST_CASE("the first record of seed 1 never changes") {
  test::ScratchDirectory scratch;
  run_longshore({"generate", scratch / "a", "--feed", "vehicles_status", "--records", "1"});
  CHECK(files_in(scratch / "a") == std::map<std::string, std::string>{
                                       {"vehicles_status_1654206633190.json",
                                        "{\"vehicle_status\":[\n{\"vehicle_id\":\"e42aa3137ddf8d3b7071dfba2c1f3a20\","
                                        "\"report_time\":\"2022-06-02T21:50:33.190Z\",\"status\":\"driving\"}\n]}\n"}});
}

TEST_CASE("the summary has the counts of a separate reader") {
  const Words cases[] = {
      {"--files", "12", "--records", "300"},
      {"--files", "12", "--records", "300", "--pretty", "--rejects", "0.2", "--duplicates", "0.3", "--late", "0.3",
       "--broken", "0.4"},
      {"--files", "30", "--records", "3", "--rejects", "0.5", "--duplicates", "0.5", "--late", "0", "--vehicles", "2"},
      {"--files", "5", "--size", "200kB", "--rejects", "0.1", "--broken", "0.5", "--seed", "7"},
      {"--files", "4", "--records", "1", "--duplicates", "1", "--rejects", "0", "--late", "0"},
  };
  for (const Words& words : cases) {
    test::ScratchDirectory scratch;
    const auto finished = run_longshore(with({"generate", scratch / "out"}, words));
    CHECK(finished.exit == 0);
    CHECK(finished.err.empty());
    const auto files = files_in(scratch / "out");
    for (const std::string feed : {"objects_detection", "vehicles_status"}) {
      CAPTURE(feed);
      CHECK(said(finished.out, feed) == counted(files, feed));
      CHECK(said(finished.out, feed).records > 0);
    }
  }
}

TEST_CASE("longshore check has the same counts in every layout and compression") {
  for (const Words& words :
       {Words{"--ndjson"}, Words{"--gzip"}, Words{"--zstd", "--pretty"}, Words{"--ndjson", "--zstd"}}) {
    test::ScratchDirectory scratch;
    const auto made = run_longshore(
        with({"generate", scratch / "out", "--files", "10", "--records", "100", "--rejects", "0.1", "--broken", "0.3"},
             words));
    Words check = {"check", "--json"};
    for (const auto& [name, text] : files_in(scratch / "out"))
      check.push_back(scratch / ("out/" + name));
    std::map<std::string, Counts> seen;
    for (const auto& line : test::tab_lines(run_longshore(check).out)) {
      rapidjson::Document file;
      REQUIRE_FALSE(file.Parse(line[0].c_str()).HasParseError());
      Counts& counts = seen[file["feed"].GetString()];
      counts.files += 1;
      if (file["outcome"] == "failed") {
        counts.broken += 1;
      } else {
        counts.records += file["records"].GetUint64();
        counts.rejects += file["rejects"].GetUint64();
      }
    }
    for (const auto& [feed, counts] : seen) {
      const Counts wanted = said(made.out, feed);
      CHECK(counts.files == wanted.files);
      CHECK(counts.broken == wanted.broken);
      CHECK(counts.records == wanted.records);
      CHECK(counts.rejects == wanted.rejects);
    }
    CHECK(seen.size() == 2);
  }
}

TEST_CASE("with shares of 0 all records are valid and on time") {
  test::ScratchDirectory scratch;
  const auto finished = run_longshore({"generate", scratch / "out", "--records", "5000", "--duplicates", "0", "--late",
                                       "0", "--rejects", "0", "--feed", "objects_detection"});
  const Counts counts = said(finished.out, "objects_detection");
  CHECK(counts.rows == 5000);
  CHECK(counts.duplicates + counts.rejects + counts.broken == 0);
  CHECK(said(finished.out, "vehicles_status") == Counts{});
  // each event is later than the previous one
  std::string last;
  const std::string text = files_in(scratch / "out").begin()->second;
  for (std::size_t at = 0; (at = text.find("_time\":\"", at)) != std::string::npos; at += 8) {
    const std::string time = text.substr(at + 8, 24);
    REQUIRE(last < time);
    last = time;
  }
}

TEST_CASE("late records are older than an earlier record of the same vehicle") {
  test::ScratchDirectory scratch;
  run_longshore({"generate", scratch / "out", "--records", "2000", "--duplicates", "0", "--late", "0.1", "--rejects",
                 "0", "--feed", "vehicles_status", "--vehicles", "50"});
  rapidjson::Document document;
  document.Parse(files_in(scratch / "out").begin()->second.c_str());
  std::map<std::string, std::string> newest;
  int late = 0;
  for (const auto& record : document["vehicle_status"].GetArray()) {
    std::string& known = newest[record["vehicle_id"].GetString()];
    const std::string time = record["report_time"].GetString();
    late += time < known;
    known = std::max(known, time);
  }
  CHECK(late > 150);
  CHECK(late < 250);
}

TEST_CASE("--size is divided among the files") {
  test::ScratchDirectory scratch;
  run_longshore({"generate", scratch / "out", "--size", "1MB", "--files", "5"});
  std::size_t bytes = 0;
  for (const auto& [name, text] : files_in(scratch / "out"))
    bytes += text.size();
  CHECK(bytes > 1'000'000);
  CHECK(bytes < 1'010'000);
}

TEST_CASE("an existing file is not replaced, and no hidden file is left") {
  test::ScratchDirectory scratch;
  const Words words = {"generate", scratch / "out", "--feed", "vehicles_status", "--records", "5"};
  run_longshore(words);
  const auto before = files_in(scratch / "out");
  const std::string name = before.begin()->first;
  const auto again = run_longshore(words);
  CHECK(again.exit == 73);
  CHECK(again.err == "longshore: \"" + name +
                         "\" already exists\nhint: the same options give the same files: use an empty "
                         "directory, or another --seed and --start\n");
  CHECK(files_in(scratch / "out") == before);
}

TEST_CASE("options that contradict each other or have wrong values are refused") {
  test::ScratchDirectory scratch;
  const Words cases[] = {
      {"--pretty", "--ndjson"},
      {"--gzip", "--zstd"},
      {"--size", "1MB", "--records", "5"},
      {"--rejects", "1.5"},
      {"--late", "-1"},
      {"--start", "today"},
      {"--feed", "doors"},
      {"--size", "big"},
      {"--duplicates", "0.6", "--late", "0.6"},
      {"--days", "1", "--records", "100000000"},
      {"--files", "1000", "--records", "4000000000"},
  };
  for (const Words& words : cases) {
    CAPTURE(words[0]);
    const auto finished = run_longshore(with({"generate", scratch / "out"}, words));
    CHECK(finished.exit == 64);
    CHECK(finished.err.find("\nhint: ") != std::string::npos);
    CHECK((!fs::exists(scratch / "out") || fs::is_empty(scratch / "out")));
  }
}
