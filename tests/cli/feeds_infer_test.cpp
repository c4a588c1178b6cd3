// The command longshore feeds infer. tests/admin/infer tests what it proposes.
#include "cli/run_program.hpp"
#include "support/places.hpp"
#include "support/scratch_directory.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

using namespace longshore;
using test::Finished;
using test::run_longshore;

TEST_CASE("feeds infer prints a declaration with which the same files load") {
  const test::ScratchDirectory scratch;
  const std::string file = scratch / "trips_20260101.csv";
  std::ofstream{file} << "id|at|price\n1|2026-01-01 08:00:00|2.5\n2|2026-01-01 08:05:00|\n";
  const Finished inferred = run_longshore({"feeds", "infer", file});
  CHECK(inferred.exit == 0);
  CHECK(inferred.err == "");
  std::filesystem::create_directory(scratch / "feeds");
  std::ofstream{scratch / "feeds/trips.toml"} << inferred.out;
  const Finished checked = run_longshore({"check", file, "--feeds", scratch / "feeds"});
  CHECK(checked.exit == 0);
  CHECK(checked.out.find("loaded (trips): 2 records, 2 rows, 0 rejects") != std::string::npos);
  const Finished shown = run_longshore({"feeds", "trips", "--feeds", scratch / "feeds"});
  CHECK(shown.out.find("format   CSV, delimiter \"|\", quote \"\"\", header\n") != std::string::npos);
}

TEST_CASE("feeds infer refuses what is not a file or has no records, with the reason") {
  const test::ScratchDirectory scratch;
  Finished finished = run_longshore({"feeds", "infer"});
  CHECK(finished.exit == 64);
  CHECK(finished.err.find("feeds infer needs files") != std::string::npos);
  finished = run_longshore({"feeds", "infer", scratch / "missing.json"});
  CHECK(finished.exit == 64);
  CHECK(finished.err.find("No such file or directory") != std::string::npos);
  std::ofstream{scratch / "numbers.json"} << "[1, 2]";
  finished = run_longshore({"feeds", "infer", scratch / "numbers.json"});
  CHECK(finished.exit == 65);
  CHECK(finished.err.find("numbers.json: contains no records") != std::string::npos);
  CHECK(run_longshore({"feeds", "vehicles_status", "more"}).exit == 64);
}
