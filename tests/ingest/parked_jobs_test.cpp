#include "ingest/parked_jobs.hpp"

#include <doctest/doctest.h>

using namespace longshore;
using namespace longshore::ingest;
using namespace std::chrono_literals;

namespace {

struct Fixture {
  Fixture() {
    doors.name = "doors";
    gates.name = "gates";
    config.retry_first = config.retry_last = 0ms;  // a round is due at once
  }

  Job job(const Feed& feed, std::size_t files = 1, const std::string& reason = "no partition") const {
    Job job;
    job.files.resize(files);
    for (File& file : job.files) {
      file.feed = &feed;
      file.entry.name = feed.name + ".json";
    }
    job.park_reason = reason;
    return job;
  }
  void park(const Feed& feed, unsigned files) {
    for (unsigned i = 0; i < files; ++i)
      parked.add(job(feed));
  }

  Feed doors;
  Feed gates;
  config::Config config;
  ParkedJobs parked{config};
};

}  // namespace

TEST_SUITE("parked jobs") {
  TEST_CASE_FIXTURE(Fixture, "a feed is stalled after 20 files in a row, until a file of it loads") {
    park(doors, ParkedJobs::k_most_in_a_row - 1);
    CHECK_FALSE(parked.is_held("doors"));
    park(doors, 1);
    CHECK(parked.is_held("doors"));
    CHECK_FALSE(parked.is_held("gates"));
    CHECK(parked.feed_loaded("gates", false).empty());
    CHECK(parked.is_held("doors"));
    CHECK(parked.feed_loaded("doors", false).empty());
    CHECK_FALSE(parked.is_held("doors"));
    CHECK(parked.files() == ParkedJobs::k_most_in_a_row);
  }

  TEST_CASE_FIXTURE(Fixture, "the files of a stalled feed leave a batch, the others stay in it") {
    park(doors, ParkedJobs::k_most_in_a_row);
    Job batch = job(doors, 3);
    batch.files[1].feed = &gates;
    batch.park_reason.clear();
    parked.take_stalled(batch);
    REQUIRE(batch.files.size() == 1);
    CHECK(batch.files[0].feed == &gates);
    CHECK(parked.files() == ParkedJobs::k_most_in_a_row + 2);
  }

  TEST_CASE_FIXTURE(Fixture, "one job of a feed is tried at a time; a load returns all others, a fault none") {
    park(doors, 3);
    parked.add(job(gates));
    auto first = parked.take_due(true);
    auto second = parked.take_due(true);
    REQUIRE(first);
    REQUIRE(second);
    CHECK(first->probe_of == "doors");
    CHECK(second->probe_of == "gates");
    CHECK_FALSE(parked.take_due(true));
    parked.try_ended("doors");
    parked.add(std::move(*first));
    CHECK(parked.take_due(true)->probe_of == "doors");
    parked.try_ended("doors");
    const auto others = parked.feed_loaded("doors", true);
    REQUIRE(others.size() == 2);
    CHECK(others[0].park_reason.empty());
    parked.forget_empty();
    CHECK(parked.reasons().size() == 1);  // of gates, which is being tried
  }

  TEST_CASE_FIXTURE(Fixture, "a job that is being tried is still parked, and a feed without jobs is forgotten") {
    park(doors, 1);
    const auto before = parked.reasons();
    auto job = parked.take_due(true);
    parked.forget_empty();
    CHECK(parked.reasons() == before);
    parked.try_ended("doors");
    parked.forget_empty();
    CHECK(parked.is_empty());
  }

  TEST_CASE_FIXTURE(Fixture, "a large job waits for a loader of large jobs, and ends the round") {
    Job large = job(doors);
    large.kind = Job::Kind::large;
    parked.add(std::move(large));
    parked.add(job(doors));
    CHECK_FALSE(parked.take_due(false));
    CHECK_FALSE(parked.next_due(false));
    REQUIRE(parked.take_due(true));
  }

  TEST_CASE_FIXTURE(Fixture, "a feed with 1 000 parked files claims no more; of many reasons three are listed") {
    parked.add(job(doors, ParkedJobs::k_most_parked - 3, "a"));
    for (const char* reason : {"b", "c", "d"})
      parked.add(job(doors, 1, reason));
    CHECK(parked.is_held("doors"));
    const auto reasons = parked.reasons();
    REQUIRE(reasons.size() == 3);
    CHECK(reasons[0].reason == "a; no more of its files are claimed");
    CHECK(reasons[2].files == 2);
  }

  TEST_CASE_FIXTURE(Fixture, "run --once tries no parked job again") {
    config.once = true;
    park(doors, 1);
    CHECK_FALSE(parked.take_due(true));
    CHECK_FALSE(parked.next_due(true));
    CHECK(parked.files() == 1);
  }
}
