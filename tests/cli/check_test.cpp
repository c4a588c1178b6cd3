#include "cli/run_program.hpp"
#include "support/places.hpp"
#include "support/scratch_directory.hpp"

#include <doctest/doctest.h>

#include <fstream>

using namespace longshore;
using test::run_longshore;

namespace {

const std::string k_samples = test::source("samples");
const std::string k_objects = k_samples + "/objects_detection/objects_detection_20260101T";
const std::string k_statuses = k_samples + "/vehicles_status/vehicles_status_20260101T";
const std::string k_doors = k_samples + "/door_events/door_events_20260101T";

// The line about the file itself, without its path.
std::string result(const std::string& path, const std::vector<std::string>& more = {}) {
  std::vector<std::string> words = {"check", path};
  words.insert(words.end(), more.begin(), more.end());
  const std::string out = run_longshore(words).out;
  REQUIRE(out.starts_with(path + ": "));
  return out.substr(path.size() + 2, out.find('\n') - path.size() - 2);
}

}  // namespace

TEST_CASE("check prints for each sample the result that samples/README.md states") {
  CHECK(
      result(k_objects + "080000.json") ==
      "loaded (objects_detection): 3 records, 3 rows, 0 rejects, 2026-01-01T08:00:01.250000Z to 2026-01-01T08:09:02.271000Z");
  CHECK(result(k_objects + "081500_compact.json")
            .starts_with("loaded (objects_detection): 3 records, 3 rows, 0 rejects"));
  CHECK(
      result(k_objects + "083000_ndjson.json").starts_with("loaded (objects_detection): 3 records, 3 rows, 0 rejects"));
  CHECK(result(k_objects + "084500_compressed.json.gz")
            .starts_with("loaded (objects_detection): 2 records, 2 rows, 0 rejects"));
  CHECK(result(k_objects + "090000_late.json").starts_with("loaded (objects_detection): 3 records, 3 rows, 0 rejects"));
  CHECK(result(k_objects + "091500_rejects.json")
            .starts_with("partial (objects_detection): 7 records, 2 rows, 5 rejects"));
  CHECK(result(k_objects + "094500_flat.json").starts_with("loaded (objects_detection): 2 records, 2 rows, 0 rejects"));
  CHECK(result(k_objects + "093000_truncated.json")
            .starts_with("failed (objects_detection): byte 342, line 12, column 41: "));

  CHECK(result(k_statuses + "080000.json").starts_with("loaded (vehicles_status): 3 records, 3 rows, 0 rejects"));
  CHECK(result(k_statuses + "081500_array.json").starts_with("loaded (vehicles_status): 2 records, 2 rows, 0 rejects"));
  CHECK(
      result(k_statuses + "083000_ndjson.json").starts_with("partial (vehicles_status): 4 records, 3 rows, 1 rejects"));
  CHECK(result(k_statuses + "090000_late.json").starts_with("loaded (vehicles_status): 2 records, 2 rows, 0 rejects"));
  CHECK(result(k_statuses + "091500_rejects.json")
            .starts_with("partial (vehicles_status): 5 records, 1 rows, 4 rejects"));
  CHECK(result(k_statuses + "093000_comma.json").starts_with("failed (vehicles_status): byte 166, line 7, column 5: "));

  const std::vector<std::string> doors = {"--feeds", k_samples + "/feeds"};
  CHECK(result(k_doors + "080000.json", doors).starts_with("loaded (door_events): 3 records, 3 rows, 0 rejects"));
  CHECK(result(k_doors + "081500_rejects.json", doors)
            .starts_with("partial (door_events): 6 records, 1 rows, 5 rejects"));
}

TEST_CASE("check shows the first ten rejects with place and reason") {
  const auto finished = run_longshore({"check", k_objects + "091500_rejects.json"});
  CHECK(finished.exit == 0);
  CHECK(finished.out.find("\n  record 3, byte 418, object_values: is less than min: -1 < 0 (line 16, column 111)\n") !=
        std::string::npos);

  test::ScratchDirectory scratch;
  const std::string path = scratch / "vehicles_status_1.json";
  std::ofstream file{path};
  file << R"({"vehicle_id":"v","report_time":"2026-01-01T00:00:00Z","status":"driving"})" << '\n';
  for (int i = 0; i < 15; ++i)
    file << "{}\n";
  file.close();
  const auto many = run_longshore({"check", path});
  CHECK(many.out.find("  record 11, ") != std::string::npos);
  CHECK(many.out.find("  record 12, ") == std::string::npos);
  CHECK(many.out.ends_with("\n  and 5 more rejects\n"));
}

TEST_CASE("check exits with 65 if a file would fail, and with --strict if one is partial") {
  CHECK(run_longshore({"check", k_objects + "080000.json", k_objects + "091500_rejects.json"}).exit == 0);
  CHECK(run_longshore({"check", "--strict", k_objects + "091500_rejects.json"}).exit == 65);
  CHECK(run_longshore({"check", k_objects + "093000_truncated.json", k_objects + "080000.json"}).exit == 65);
}

TEST_CASE("check reports a file without a feed, and exits with 0") {
  const auto finished = run_longshore({"check", k_doors + "080000.json"});
  CHECK(finished.exit == 0);
  CHECK(finished.out == k_doors + "080000.json: no feed\n");
}

TEST_CASE("check reports that an upload in progress would not be touched") {
  test::ScratchDirectory scratch;
  const std::string path = scratch / ".vehicles_status_1.json";
  std::ofstream{path} << "{";
  const auto finished = run_longshore({"check", path});
  CHECK(finished.exit == 0);
  CHECK(finished.out == path + ": not touched: its name marks an upload in progress\n");
}

TEST_CASE("check --feed accepts files of any name, even with a comma") {
  test::ScratchDirectory scratch;
  const std::string path = scratch / "a,b c.txt";
  std::ofstream{path} << R"([{"vehicle_id":"v","report_time":"2026-01-01T00:00:00Z","status":"driving"}])";
  CHECK(result(path, {"--feed", "vehicles_status"}).starts_with("loaded (vehicles_status): 1 records, 1 rows"));
  CHECK(run_longshore({"check", "--feed", "objects_detection", path}).exit == 65);
}

TEST_CASE("check --json prints one object per file, with its first rejects") {
  const auto finished =
      run_longshore({"check", "--json", k_statuses + "093000_comma.json", k_statuses + "083000_ndjson.json"});
  CHECK(finished.exit == 65);
  const auto lines = test::tab_lines(finished.out);
  REQUIRE(lines.size() == 2);
  CHECK(
      lines[0][0] ==
      "{\"file\":\"" + k_statuses +
          "093000_comma.json\",\"outcome\":\"failed\",\"feed\":\"vehicles_status\",\"records\":0,\"rows\":0,\"rejects\":0,"
          "\"reason\":\"expected a member name in quotes: found '}'\",\"byte\":166,\"line\":7,\"column\":5,"
          "\"first_rejects\":[]}");
  CHECK(lines[1][0].find("\"outcome\":\"partial\"") != std::string::npos);
  CHECK(lines[1][0].find("\"first_rejects\":[{\"record_no\":3,\"byte_offset\":212,\"field\":\"\"") !=
        std::string::npos);
}
