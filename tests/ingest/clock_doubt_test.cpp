// The clock of this host is wrong, or seems to be.
#include "ingest/clock_doubt.hpp"

#include "admin/replay.hpp"
#include "base/time.hpp"
#include "ingest/claimed_jobs.hpp"
#include "ingest/loader.hpp"
#include "ingest/run.hpp"
#include "support/each_store.hpp"
#include "support/pipeline.hpp"
#include "support/records.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>

using namespace longshore;
using namespace longshore::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* k_far = "2099-01-01T00:00:00Z";

// A file that waits for the clock is tried three times: at 0, 20 and 30 ms.
void quick_retries(Pipeline& p) {
  p.config.refusals = 2;  // does not count for it
  p.config.retry_first = p.config.retry_last = 20ms;
  p.config.wait = 30ms;
}

void exec(Pipeline& p, const std::string& sql) {
  store::open(p.target(), store::Access::read_write, "longshore/tests")->exec_script(sql);
}

std::string time_from_now(std::chrono::microseconds distance) { return format_time(now_micros() + distance.count()); }

// What a running daemon has, without its threads.
struct Instance {
  explicit Instance(Pipeline& p)
      : directories{p.config.landing, p.config.work, p.config.processed, p.config.failed},
        workspace{directories, "test"}, context{p.config, p.registry, directories, workspace,
                                                writers,  growth,     p.target(),  ingest::no_observer()} {}

  ingest::Job claim(const std::string& name) {
    struct stat st {};
    REQUIRE(::stat((directories.landing + "/" + name).c_str(), &st) == 0);
    const spool::Candidate candidate = spool::candidate_of(name, st);
    ingest::Job job;
    job.claim = workspace.claim({&candidate, 1});
    REQUIRE(job.claim.files.size() == 1);
    ingest::File& file = job.files.emplace_back();
    file.entry = job.claim.files[0];
    file.feed = context.registry.route(name);
    return job;
  }

  const spool::Directories directories;
  spool::Workspace workspace;
  spool::OpenWriters writers;
  ingest::GrowthChecks growth;
  ingest::Context context;
};

}  // namespace

TEST_SUITE("clock") {
  TEST_CASE_ON_EACH_STORE(
      "a few records in the future are rejects, and the latest row stays the newest of the others") {
    Pipeline p{target};
    p.drop("vehicles_status_1.json", statuses(status("v", k_far, "driving") + "," + status("v", k_time, "parking")));
    CHECK(p.run_once() == Exit::ok);
    CHECK(p.rows("select status, attempt, rows_loaded, rows_rejected from ingest_log") ==
          std::vector<std::string>{"partial|1|1|1"});
    CHECK(p.one("select field, code, reason from ingest_rejects") ==
          "report_time|future|is further in the future than max_future");
    CHECK(p.one("select value from ingest_rejects")
              .starts_with("2099-01-01T00:00:00.000000Z, the file was claimed at 20"));
    CHECK(p.one("select status from vehicle_status") == "parking");
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE(
      "a file of which most records are in the future waits; at the last attempt they are rejects, and the rest loads") {
    for (const std::uint64_t large_file : {std::uint64_t{4'194'304}, std::uint64_t{10}}) {
      Pipeline p{fresh_like(target)};
      quick_retries(p);
      p.config.large_file = large_file;
      p.drop("vehicles_status_1.json", statuses(status("v", k_far, "driving") + "," + status("w", k_far, "driving") +
                                                "," + status("v", k_time, "parking")));
      p.drop("vehicles_status_2.json", statuses(status("x", k_time, "parking")));
      p.drop("vehicles_status_3.json", statuses(status("y", k_far, "parking")));
      CHECK(p.run_once() == Exit::bad_data);
      CHECK(p.rows("select file_name, status, attempt, rows_loaded, rows_rejected from ingest_log order by 1") ==
            std::vector<std::string>{"vehicles_status_1.json|partial|3|1|2", "vehicles_status_2.json|loaded|1|1|0",
                                     "vehicles_status_3.json|failed|3|0|1"});
      CHECK(p.one("select error from ingest_log where status = 'failed'")
                .starts_with("every record was rejected (1), the first: report_time is further in the future"));
      CHECK(p.rows("select vehicle_id, status from vehicle_status order by 1") ==
            std::vector<std::string>{"v|parking", "x|parking"});
      // the clock may have been corrected during the wait, so the last attempt measured against its own start
      CHECK(p.rows("select file_name from ingest_log where claimed_at = started_at order by 1") ==
            std::vector<std::string>{"vehicles_status_1.json", "vehicles_status_3.json"});
      p.check_books();
    }
  }

  TEST_CASE_ON_EACH_STORE("run --once without --wait does not wait for the clock") {
    Pipeline p{target};
    p.drop("vehicles_status_1.json", statuses(status("v", k_far, "driving")));
    CHECK(p.run_once() == Exit::bad_data);
    CHECK(p.rows("select status, attempt, rows_rejected from ingest_log") == std::vector<std::string>{"failed|1|1"});
    p.check_books();
  }

  TEST_CASE("a daemon waits for the clock for an hour, run --once for --wait, and never longer") {
    config::Config config;
    ingest::Failures failures;
    config.retry_last = 25min;
    CHECK(ingest::clock_wait(failures, config) == 25min);
    failures.clock_waits = 2;
    CHECK(ingest::clock_wait(failures, config) == 10min);
    failures.clock_waits = 3;
    CHECK(ingest::clock_wait(failures, config) == 0min);

    config.once = true;
    failures.clock_waits = 0;
    CHECK(ingest::clock_wait(failures, config) == 0min);
    config.wait = 1min;
    CHECK(ingest::clock_wait(failures, config) == 1min);
    failures.clock_waits = 1;
    CHECK(ingest::clock_wait(failures, config) == 0min);
  }

  TEST_CASE_ON_EACH_STORE(
      "a clock behind the ledger: nothing is claimed, and the run ends; up to a minute is accepted") {
    Pipeline p{target};
    p.drop("vehicles_status_1.json", statuses(status("v", k_time, "driving")));
    REQUIRE(p.run_once() == Exit::ok);
    exec(p, "update ingest_log set finished_at = '" + time_from_now(1h) + "'");
    p.drop("vehicles_status_2.json", statuses(status("w", k_time, "driving")));
    CHECK(p.run_once() == Exit::left_over);
    CHECK(p.files("landing") == std::vector<std::string>{"vehicles_status_2.json"});

    exec(p, "update ingest_log set finished_at = '" + time_from_now(30s) + "'");
    CHECK(p.run_once() == Exit::ok);
    CHECK(p.one("select count(*) from vehicle_status") == "2");
  }

  TEST_CASE_ON_EACH_STORE(
      "while the daemon runs, a clock that falls behind the ledger is found, and trusted again later") {
    Pipeline p{target};
    REQUIRE(p.run_once() == Exit::ok);
    const auto session = store::open(target, store::Access::read_write, "longshore/tests");
    ingest::ClockDoubt clock;
    session->exec("insert into ingest_log (file_name, status, finished_at) values ('x', 'loaded', $1)",
                  {time_from_now(1h)});
    CHECK_NOTHROW(clock.check(*session));  // not a minute since the start
    clock.check_soon();
    try {
      clock.check(*session);
      FAIL("accepted");
    } catch (const Error& error) {
      CHECK(error.fault() == Fault::unavailable);
      CHECK(error.code() == ingest::k_clock_is_wrong);
      CHECK(std::string{error.what()}.starts_with(
          "the clock of this host is behind the ledger, whose newest finished_at is "));
      CHECK(clock.reason() == error.what());
    }
    CHECK(clock.is_behind());
    CHECK_THROWS_AS(clock.check(*session), Error);  // again at once, because the last check failed
    session->exec("update ingest_log set finished_at = $1", {time_from_now(-1h)});
    CHECK_NOTHROW(clock.check(*session));
    CHECK_FALSE(clock.is_behind());
    CHECK(clock.reason().empty());
  }

  TEST_CASE_ON_EACH_STORE("a file that waits for the clock is still counted after a reload, and once") {
    Pipeline p{target};
    REQUIRE(p.run_once() == Exit::ok);
    Instance before{p};
    const auto job_of = [&](const std::string& name) {
      ingest::Job job;
      ingest::File& file = job.files.emplace_back();
      file.entry.name = file.row.file_name = name;
      file.feed = p.registry.route(name);
      ingest::set_ahead(file);
      return job;
    };
    ingest::Job recorded = job_of("vehicles_status_2.json");
    recorded.committed = true;  // only its move is left
    ingest::ClaimedJobs old_jobs{before.context};
    old_jobs.add({job_of("vehicles_status_1.json"), ingest::Delay{1h, ""}});
    old_jobs.add({std::move(recorded), ingest::Delay{1h, ""}});

    ingest::Context after{p.config,       p.registry,    before.directories, before.workspace,
                          before.writers, before.growth, p.target(),         ingest::no_observer()};
    ingest::ClaimedJobs{after}.add(old_jobs.take_all());
    CHECK(after.clock.reason() == "vehicles_status_1.json: " + std::string{ingest::k_mostly_ahead});
    after.clock.file_is_done();
    CHECK(after.clock.reason().empty());
  }

  TEST_CASE_ON_EACH_STORE("a job of a paused feed finds that the clock has caught up") {
    Pipeline p{target};
    REQUIRE(p.run_once() == Exit::ok);
    p.drop("vehicles_status_1.json", statuses(status("v", k_time, "driving")));
    exec(p,
         "insert into ingest_log (file_name, status, finished_at) values ('x', 'loaded', '" + time_from_now(1h) + "')");
    Instance instance{p};
    ingest::Context& context = instance.context;
    ingest::Job job = instance.claim("vehicles_status_1.json");
    context.paused.pause(*job.files[0].feed, "another declaration");
    context.outage = true;
    context.clock.check_soon();
    ingest::Loader loader{context};

    auto follow_ups = loader.run(std::move(job));
    REQUIRE(follow_ups.size() == 1);
    CHECK_FALSE(follow_ups[0].job.is_paused);
    REQUIRE(follow_ups[0].delay);
    CHECK(follow_ups[0].delay->outage == context.clock.reason());
    CHECK(context.outage);

    exec(p, "update ingest_log set finished_at = '" + time_from_now(-1h) + "'");
    follow_ups = loader.run(std::move(follow_ups[0].job));
    CHECK(follow_ups.empty());
    CHECK_FALSE(context.outage);
    CHECK(context.commits == 1);
  }

  TEST_CASE_ON_EACH_STORE(
      "a batch that only waits for the clock is no commit, and ends an outage if the database answers") {
    Pipeline p{target};
    REQUIRE(p.run_once() == Exit::ok);
    p.config.wait = 1min;
    p.drop("vehicles_status_1.json", statuses(status("v", k_far, "driving")));
    Instance instance{p};
    instance.context.outage = true;
    const auto follow_ups = ingest::Loader{instance.context}.run(instance.claim("vehicles_status_1.json"));
    REQUIRE(follow_ups.size() == 1);
    CHECK(follow_ups[0].delay);
    CHECK(follow_ups[0].job.failures.clock_waits == 1);
    CHECK(follow_ups[0].job.failures.refusals == 0);
    CHECK(instance.context.commits == 0);
    CHECK_FALSE(instance.context.outage);
  }

  TEST_CASE_ON_EACH_STORE("a replay measures against the stored claimed_at") {
    Pipeline p{target};
    p.drop("vehicles_status_1.json",
           statuses(status("v", time_from_now(12h), "driving") + "," + status("v", k_time, "parking")));
    REQUIRE(p.run_once() == Exit::ok);
    const auto session = store::open(target, store::Access::read_write, "longshore/tests");
    const std::vector<std::int64_t> ids{1};
    const auto replay = [&] { admin::Replay{p.config, p.registry, *session}.run(ids, false); };
    replay();
    CHECK(p.one("select status from vehicle_status") == "driving");

    session->exec("update ingest_log set claimed_at = $1", {time_from_now(-48h)});
    replay();
    CHECK(p.one("select status from vehicle_status") == "parking");
    CHECK(p.rows("select status, rows_loaded, rows_rejected from ingest_log") ==
          std::vector<std::string>{"partial|1|1"});
    p.check_books();
  }
}
