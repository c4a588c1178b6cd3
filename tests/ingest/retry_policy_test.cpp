// Who pays for which fault.
#include "ingest/retry_policy.hpp"

#include <doctest/doctest.h>

using namespace longshore;
using namespace longshore::ingest;

namespace {

Job job_of(std::size_t files) {
  Job job;
  job.files.resize(files);
  return job;
}

Next after(Fault fault, const Job& job, bool answers = true, bool others = false) {
  return settle(Error{fault, "x"}, job, {answers, others}, {5});
}

}  // namespace

TEST_SUITE("settle") {
  TEST_CASE("data that is refused is halved until the culprit is alone, and that one fails") {
    CHECK(after(Fault::bad_file, job_of(3)) == Next::split);
    CHECK(after(Fault::bad_file, job_of(1)) == Next::fail);
  }
  TEST_CASE("when not even a failure can be written the file is not lost") {
    Job job = job_of(1);
    job.files[0].decided = true;
    CHECK(after(Fault::bad_file, job) == Next::later);
    job.refusals = 100;
    CHECK(after(Fault::transient, job) == Next::later);
  }
  TEST_CASE("files of no feed are never failed: noting them is tried again") {
    Job job = job_of(3);
    job.kind = Job::Kind::unrouted;
    job.refusals = 100;
    for (const Fault fault : {Fault::bad_file, Fault::transient})
      CHECK(after(fault, job) == Next::later);
  }
  TEST_CASE("a lost lock is tried again at once, then by halves, then after a pause, never counted") {
    Job job = job_of(2);
    CHECK(after(Fault::contention, job) == Next::again);
    job.locks_lost = 1;
    CHECK(after(Fault::contention, job) == Next::split);
    job = job_of(1);
    job.locks_lost = 100;
    CHECK(after(Fault::contention, job) == Next::later);
  }
  TEST_CASE("while the database is away nothing is counted and nothing fails") {
    Job job = job_of(1);
    job.refusals = 4;
    CHECK(after(Fault::transient, job, false) == Next::wait);
    CHECK(after(Fault::disconnected, job, false) == Next::wait);
    CHECK(after(Fault::unavailable, job, true) == Next::wait);
  }
  TEST_CASE("a file that a healthy database refuses again and again fails in the end, alone") {
    Job job = job_of(2);
    CHECK(after(Fault::transient, job) == Next::later);
    job.refusals = 4;
    CHECK(after(Fault::transient, job) == Next::split);
    job = job_of(1);
    job.refusals = 4;
    CHECK(after(Fault::transient, job) == Next::fail);
  }
  TEST_CASE("an outcome that stands is moved until the move succeeds") {
    Job job = job_of(1);
    job.committed = true;
    job.refusals = 1000;
    for (const Fault fault : {Fault::transient, Fault::contention, Fault::disconnected, Fault::unavailable})
      CHECK(after(fault, job) == Next::later);
  }
  TEST_CASE("an outage that only one file meets while others get through is that file's in the end") {
    for (const Fault fault : {Fault::disconnected, Fault::unavailable})
      for (const bool answers : {false, true}) {
        Job job = job_of(1);
        job.losses = 18;
        CHECK(after(fault, job, answers, true) == Next::later);
        job.losses = 19;
        CHECK(after(fault, job, answers, true) == Next::fail);
        job.losses = 1000;
        const bool is_outage = fault == Fault::unavailable || !answers;
        CHECK(after(fault, job, answers, false) == (is_outage ? Next::wait : Next::later));
      }
  }
  TEST_CASE("files over which a connection is lost that could be had anew are parted to find out whose doing it is") {
    Job job = job_of(2);
    CHECK(after(Fault::disconnected, job) == Next::later);
    job.outages = 1;
    CHECK(after(Fault::disconnected, job) == Next::split);
  }
  TEST_CASE("the set-up stops the process") { CHECK(after(Fault::fatal, job_of(1)) == Next::stop); }

  TEST_CASE("pauses double up to the last and are spread") {
    using namespace std::chrono_literals;
    for (int i = 0; i < 100; ++i) {
      CHECK(pause_before(1, 100ms, 1s) >= 50ms);
      CHECK(pause_before(1, 100ms, 1s) <= 100ms);
      CHECK(pause_before(3, 100ms, 1s) >= 200ms);
      CHECK(pause_before(100, 100ms, 1s) <= 1s);
    }
  }
}
