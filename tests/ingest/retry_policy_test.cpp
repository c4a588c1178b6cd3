// The retry policy as a table: for each fault and situation, the action.
#include "ingest/retry_policy.hpp"

#include "ingest/clock_doubt.hpp"

#include <doctest/doctest.h>

using namespace longshore;
using namespace longshore::ingest;

namespace {

Job job_of(std::size_t files) {
  Job job;
  job.files.resize(files);
  return job;
}

template <class Work>
Action after(Fault fault, const Work& work, bool answers = true, bool others = false) {
  return decide(Error{fault, "x"}, failed_work(work), {answers, others}, {5});
}

}  // namespace

TEST_SUITE("retry policy") {
  TEST_CASE("a batch with bad data is split, and a lone file with bad data fails") {
    CHECK(after(Fault::bad_file, job_of(3)) == Action::split);
    CHECK(after(Fault::bad_file, job_of(1)) == Action::fail_file);
  }
  TEST_CASE("a fault of the operator splits a batch, and parks a lone file without a limit") {
    CHECK(after(Fault::needs_operator, job_of(3)) == Action::split);
    Job job = job_of(1);
    job.failures.refusals = 100;
    CHECK(after(Fault::needs_operator, job) == Action::park);
    fix_outcome(job.files[0]);
    CHECK(after(Fault::needs_operator, job) == Action::park);
  }
  TEST_CASE("a fault of the operator after the commit only repeats the move") {
    Job job = job_of(1);
    job.committed = true;
    CHECK(after(Fault::needs_operator, job) == Action::retry_later);
  }
  TEST_CASE("a lone file whose failure cannot be recorded is retried without limit") {
    Job job = job_of(1);
    fix_outcome(job.files[0]);
    CHECK(after(Fault::bad_file, job) == Action::retry_later);
    job.failures.refusals = 100;
    CHECK(after(Fault::transient, job) == Action::retry_later);
  }
  TEST_CASE("files without a feed never fail: recording them is retried") {
    UnroutedFiles unrouted;
    unrouted.files.resize(3);
    unrouted.failures.refusals = 100;
    for (const Fault fault : {Fault::bad_file, Fault::transient})
      CHECK(after(fault, unrouted) == Action::retry_later);
  }
  TEST_CASE("a lost lock is retried at once, then by halves, then after a pause, without a limit") {
    Job job = job_of(2);
    CHECK(after(Fault::contention, job) == Action::retry_now);
    job.failures.locks_lost = 1;
    CHECK(after(Fault::contention, job) == Action::split);
    job = job_of(1);
    job.failures.locks_lost = 100;
    CHECK(after(Fault::contention, job) == Action::retry_later);
  }
  TEST_CASE("a batch that cannot begin because of a migration waits, and is not split") {
    Job job = job_of(2);
    job.failures.locks_lost = 1;
    const Error error = Error{Fault::contention, ""}.with_code(std::string{k_cannot_begin});
    CHECK(decide(error, failed_work(job), {}, {}) == Action::retry_later);
  }
  TEST_CASE("an outage of the database counts against no file") {
    Job job = job_of(1);
    job.failures.refusals = 4;
    CHECK(after(Fault::transient, job, false) == Action::declare_outage);
    CHECK(after(Fault::disconnected, job, false) == Action::declare_outage);
    CHECK(after(Fault::unavailable, job, true) == Action::declare_outage);
  }
  TEST_CASE("a healthy database refuses a file up to the limit: a batch is split, a lone file fails") {
    Job job = job_of(2);
    CHECK(after(Fault::transient, job) == Action::retry_later);
    job.failures.refusals = 4;
    CHECK(after(Fault::transient, job) == Action::split);
    job = job_of(1);
    job.failures.refusals = 4;
    CHECK(after(Fault::transient, job) == Action::fail_file);
  }
  TEST_CASE("a file that waits for the clock is retried, however often it was refused") {
    Job job = job_of(1);
    job.failures.refusals = 100;
    CHECK(decide(mostly_ahead(), failed_work(job), {}, {5}) == Action::retry_later);
    CHECK(decide(mostly_ahead(), failed_work(job), {.database_answers = false}, {5}) == Action::declare_outage);
  }
  TEST_CASE("the move of a committed file is retried without limit") {
    Job job = job_of(1);
    job.committed = true;
    job.failures.refusals = 1000;
    for (const Fault fault : {Fault::transient, Fault::contention, Fault::disconnected, Fault::unavailable})
      CHECK(after(fault, job) == Action::retry_later);
  }
  TEST_CASE("a file that fails with an outage while other jobs succeed reaches the limit and fails") {
    for (const Fault fault : {Fault::disconnected, Fault::unavailable})
      for (const bool answers : {false, true}) {
        Job job = job_of(1);
        job.failures.losses = 18;
        CHECK(after(fault, job, answers, true) == Action::retry_later);
        job.failures.losses = 19;
        CHECK(after(fault, job, answers, true) == Action::fail_file);
        job.failures.losses = 1000;
        const bool is_outage = fault == Fault::unavailable || !answers;
        CHECK(after(fault, job, answers, false) == (is_outage ? Action::declare_outage : Action::retry_later));
      }
  }
  TEST_CASE("a batch that loses a working connection twice is split") {
    Job job = job_of(2);
    CHECK(after(Fault::disconnected, job) == Action::retry_later);
    job.failures.outages = 1;
    CHECK(after(Fault::disconnected, job) == Action::split);
  }
  TEST_CASE("a fatal error stops the process") { CHECK(after(Fault::fatal, job_of(1)) == Action::stop_process); }

  TEST_CASE("pauses double up to the longest, and are random") {
    using namespace std::chrono_literals;
    for (int i = 0; i < 100; ++i) {
      CHECK(pause_before(1, 100ms, 1s) >= 50ms);
      CHECK(pause_before(1, 100ms, 1s) <= 100ms);
      CHECK(pause_before(3, 100ms, 1s) >= 200ms);
      CHECK(pause_before(100, 100ms, 1s) <= 1s);
    }
  }
}
