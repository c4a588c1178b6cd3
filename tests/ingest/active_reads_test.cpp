#include "ingest/active_reads.hpp"

#include <doctest/doctest.h>

#include <thread>

using namespace std::chrono_literals;

namespace longshore::ingest {

TEST_CASE("the largest of the files that are read is told, with its share") {
  ActiveReads readings;
  CHECK(readings.look(1min).file.empty());
  const std::string small = "small.json", large = "large.json";
  ActiveReads::Entry a{readings, small, 10};
  {
    ActiveReads::Entry b{readings, large, 1000};
    b.advance(250);
    const auto look = readings.look(1min);
    CHECK(look.file == large);
    CHECK(look.share == doctest::Approx(0.25));
    CHECK(look.stuck.empty());
  }
  CHECK(readings.look(1min).file == small);
}

TEST_CASE("a file of which nothing is read any more is stuck, unless it has been read to its end") {
  ActiveReads readings;
  const std::string name = "a.json";
  ActiveReads::Entry entry{readings, name, 10};
  entry.advance(5);
  std::this_thread::sleep_for(5ms);
  CHECK(readings.look(1ms).stuck == name);
  entry.advance(5);
  entry.advance(0);
  std::this_thread::sleep_for(5ms);
  CHECK(readings.look(1ms).stuck.empty());
}

}  // namespace longshore::ingest
