#include "ingest/active_reads.hpp"

#include <doctest/doctest.h>

#include <thread>

using namespace std::chrono_literals;

namespace longshore::ingest {

TEST_CASE("the snapshot names the largest file that is being read, with the share that was read") {
  ActiveReads reads;
  CHECK(reads.snapshot(1min).largest.empty());
  const std::string small = "small.json", large = "large.json";
  ActiveReads::Entry a{reads, small, 10};
  {
    ActiveReads::Entry b{reads, large, 1000};
    b.advance(250);
    const auto snapshot = reads.snapshot(1min);
    CHECK(snapshot.largest == large);
    CHECK(snapshot.share == doctest::Approx(0.25));
    CHECK(snapshot.stuck.empty());
  }
  CHECK(reads.snapshot(1min).largest == small);
}

TEST_CASE("a file without progress is stuck, unless it was read to its end") {
  ActiveReads reads;
  const std::string name = "a.json";
  ActiveReads::Entry entry{reads, name, 10};
  entry.advance(5);
  std::this_thread::sleep_for(5ms);
  CHECK(reads.snapshot(1ms).stuck == name);
  entry.advance(5);
  entry.advance(0);
  std::this_thread::sleep_for(5ms);
  CHECK(reads.snapshot(1ms).stuck.empty());
}

}  // namespace longshore::ingest
