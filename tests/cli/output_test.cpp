#include "cli/output.hpp"

#include "base/text.hpp"

#include <doctest/doctest.h>

using namespace longshore;
using namespace longshore::cli;

namespace {

std::string listed(Format format) {
  Listing listing{
      {{"file"}, {"rows", Style::count}, {"size", Style::bytes}, {"began", Style::time}, {"took", Style::duration_ms}},
      format};
  listing.add({"größe.json", std::int64_t{1234567}, std::int64_t{4'194'304}, "2026-01-02T03:04:05.678900Z",
               std::int64_t{1500}});
  listing.add({"b\"\\.json", {}, std::int64_t{7}, {}, std::int64_t{7'200'000}});
  return listing.text();
}

}  // namespace

TEST_CASE("on a terminal columns are aligned, numbers to the right, times are short") {
  CHECK(listed(Format::aligned) == "file             rows    size  began                   took\n"
                                   "größe.json  1,234,567  4.2 MB  2026-01-02 03:04:05  1500 ms\n"
                                   "b\"\\.json                  7 B                           2 h\n");
}

TEST_CASE("in a pipe values are unchanged, between tabs") {
  CHECK(listed(Format::tabs) == "file\trows\tsize\tbegan\ttook\n"
                                "größe.json\t1234567\t4194304\t2026-01-02T03:04:05.678900Z\t1500\n"
                                "b\"\\.json\t\t7\t\t7200000\n");
}

TEST_CASE("as JSON each row is an object on its own line") {
  CHECK(
      listed(Format::json) ==
      "{\"file\":\"größe.json\",\"rows\":1234567,\"size\":4194304,\"began\":\"2026-01-02T03:04:05.678900Z\",\"took\":1500}\n"
      "{\"file\":\"b\\\"\\\\.json\",\"rows\":null,\"size\":7,\"began\":null,\"took\":7200000}\n");
}

TEST_CASE("durations are printed in one unit") {
  CHECK(short_duration(0) == "0 ms");
  CHECK(short_duration(1999) == "1999 ms");
  CHECK(short_duration(2000) == "2 s");
  CHECK(short_duration(119'999) == "119 s");
  CHECK(short_duration(120'000) == "2 min");
  CHECK(short_duration(7'200'000) == "2 h");
  CHECK(short_duration(200'000'000) == "2 days");
}
