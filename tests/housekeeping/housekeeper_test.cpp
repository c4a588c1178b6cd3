// The thread of housekeeping: faults, outages, and its end.
#include "housekeeping/housekeeper.hpp"

#include "base/error.hpp"
#include "base/signals.hpp"
#include "base/time.hpp"
#include "store/task_runs.hpp"
#include "support/each_store.hpp"
#include "support/eventually.hpp"
#include "support/postgres_server.hpp"
#include "support/rows.hpp"
#include "support/scratch_directory.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

using namespace longshore;
using namespace longshore::test;
using housekeeping::Round;

namespace {

class Rounds : public observe::Observer {
 public:
  void housekeeping_round_finished(const std::string& fault) override {
    const std::lock_guard lock{m_mutex};
    m_faults.push_back(fault);
  }
  std::vector<std::string> faults() const {
    const std::lock_guard lock{m_mutex};
    return m_faults;
  }

 private:
  mutable std::mutex m_mutex;
  std::vector<std::string> m_faults;
};

class Doing : public housekeeping::Step {
 public:
  Doing(std::string name, std::function<void(Round&)> work) : m_name(std::move(name)), m_work(std::move(work)) {}
  std::string_view name() const override { return m_name; }
  std::string_view task() const override { return m_name; }
  void run(Round& round) override { m_work(round); }

 private:
  std::string m_name;
  std::function<void(Round&)> m_work;
};

template <class... Step>
housekeeping::Steps steps(Step... step) {
  housekeeping::Steps all;
  (all.push_back(std::make_unique<Doing>(std::move(step))), ...);
  return all;
}

struct Place {
  Place() {
    config.processed = scratch / "processed";
    config.retry_first = config.retry_last = std::chrono::milliseconds{10};
    config.keep_processed = std::chrono::milliseconds{10};
    std::filesystem::create_directory(config.processed);
  }
  ScratchDirectory scratch;
  config::Config config;
  Rounds rounds;
};

}  // namespace

TEST_SUITE("housekeeping") {
  TEST_CASE_ON_EACH_STORE("a fault of one step leaves the others alone, and is over when the step succeeds") {
    Place place;
    open_migrated(target, registry_of({}));
    std::atomic<int> tries = 0;
    std::atomic<int> others = 0;
    housekeeping::Housekeeper keeper{
        steps(Doing{"first",
                    [&](Round& round) {
                      round.session().begin();
                      if (++tries == 1)
                        throw Error{Fault::fatal, "no right"}.with_hint("grant it");
                      round.session().commit();
                    }},
              Doing{"second",
                    [&](Round& round) { others += store::as_int(round.session().exec("select 1").rows[0][0]) == 1; }}),
        place.config, target, place.rounds};
    CHECK(eventually([&] { return place.rounds.faults().size() >= 2; }));
    CHECK(place.rounds.faults()[0] == "first: no right; hint: grant it");
    CHECK(place.rounds.faults()[1] == "");
    CHECK(others >= 2);
  }

  TEST_CASE_ON_EACH_STORE(
      "a round in which a step changed something is a row, and a fault is one row, not one per round") {
    Place place;
    const auto session = open_migrated(target, registry_of({}));
    std::atomic<int> round_number = 0;
    housekeeping::Housekeeper keeper{steps(Doing{"changes",
                                                 [&](Round& round) {
                                                   if (++round_number == 2)
                                                     round.work() = {3, 1000, 0};
                                                 }},
                                           Doing{"fails",
                                                 [&](Round& round) {
                                                   if (round_number == 3)
                                                     round.work().rows += 5;
                                                   if (round_number <= 4)
                                                     throw Error{Fault::fatal, "no right"}.with_hint("grant it");
                                                 }}),
                                     place.config, target, place.rounds};
    CHECK(eventually([&] { return place.rounds.faults().size() >= 6; }));
    std::string rows;
    for (const auto& row :
         session
             ->exec("select task, cause, state, result, error, started_at <= finished_at, instance from "
                    "ingest_task_runs order by run_id")
             .rows) {
      for (const store::Value& value : row)
        rows += store::as_text(value) + " ";
      rows += "\n";
    }
    const std::string instance = place.config.instance;
    CHECK(rows == "fails housekeeping failed {\"files\":0,\"bytes\":0,\"rows\":0} no right; hint: grant it 1 " +
                      instance + " \n" + "changes housekeeping succeeded {\"files\":3,\"bytes\":1000,\"rows\":0}  1 " +
                      instance + " \n" +
                      "fails housekeeping failed {\"files\":0,\"bytes\":0,\"rows\":5} no right; hint: grant it 1 " +
                      instance + " \n");
  }

  TEST_CASE_ON_EACH_STORE("what a step has changed is recorded when it is stopped") {
    Place place;
    const auto session = open_migrated(target, registry_of({}));
    std::atomic<int> rests = 0;
    {
      const housekeeping::Housekeeper keeper{steps(Doing{"long",
                                                         [&](Round& round) {
                                                           ++round.work().files;
                                                           for (;; ++rests)
                                                             round.rest();
                                                         }}),
                                             place.config, target, place.rounds};
      CHECK(eventually([&] { return rests > 0; }));
    }
    const auto rows = session->exec("select task, state, result from ingest_task_runs").rows;
    REQUIRE(rows.size() == 1);
    CHECK(store::as_text(rows[0][2]) == R"({"files":1,"bytes":0,"rows":0})");
  }

  TEST_CASE_ON_EACH_STORE("rows of rounds that are older than keep_task_runs are deleted") {
    Place place;
    const auto session = open_migrated(target, registry_of({}));
    place.config.keep_task_runs = std::chrono::hours{1};
    store::record_run(*session, {"works", "housekeeping", "", {}, "a"}, now_micros(), {});
    session->exec("update ingest_task_runs set finished_at = $1", {format_time(now_micros() - k_micros_a_day)});
    const housekeeping::Housekeeper keeper{steps(Doing{"works", [&](Round& round) { ++round.work().files; }}),
                                           place.config, target, place.rounds};
    CHECK(eventually([&] { return place.rounds.faults().size() >= 2; }));
    CHECK(session->exec("select 1 from ingest_task_runs where run_id = 1").empty());
  }

  TEST_CASE_ON_EACH_STORE("a stop does not wait for a statement of housekeeping") {
    Place place;
    open_migrated(target, registry_of({}));
    std::atomic<bool> has_begun = false;
    const std::string endless =
        target.engine == store::Engine::postgres
            ? "select pg_sleep(3600)"
            : "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n";
    {
      const housekeeping::Housekeeper keeper{steps(Doing{"endless",
                                                         [&](Round& round) {
                                                           has_begun = true;
                                                           round.session().exec(endless);
                                                         }}),
                                             place.config, target, place.rounds};
      CHECK(eventually([&] { return has_begun.load(); }));
    }
    CHECK(place.rounds.faults().empty());
  }

  TEST_CASE("in an outage no round ends, and a stop does not wait") {
    Place place;
    std::atomic<int> runs = 0;
    store::Target target = fresh_database();
    target.location += " port=1";
    {
      const housekeeping::Housekeeper keeper{steps(Doing{"never", [&](Round&) { ++runs; }}), place.config, target,
                                             place.rounds};
      std::this_thread::sleep_for(std::chrono::milliseconds{50});
    }
    CHECK(runs == 0);
    CHECK(place.rounds.faults().empty());
  }

  TEST_CASE("a run that meets an outage does not wait for its end") {
    Place place;
    Signals signals;
    store::Target target = fresh_database();
    target.location += " port=1";
    place.config.retry_first = place.config.retry_last = std::chrono::hours{1};
    housekeeping::Housekeeper keeper{steps(Doing{"never", [](Round&) {}}), place.config, target, place.rounds};
    keeper.wait_for_round(std::chrono::hours{1}, signals);
    CHECK(place.rounds.faults().empty());
  }

  TEST_CASE_ON_EACH_STORE("a full disk is a fault of its step, not an outage") {
    Place place;
    open_migrated(target, registry_of({}));
    std::atomic<int> others = 0;
    housekeeping::Housekeeper keeper{steps(Doing{"first", [](Round&) { throw system_error(ENOSPC, "write a file"); }},
                                           Doing{"second", [&](Round&) { ++others; }}),
                                     place.config, target, place.rounds};
    CHECK(eventually([&] { return !place.rounds.faults().empty(); }));
    CHECK(place.rounds.faults()[0] == "first: write a file: No space left on device");
    CHECK(others >= 1);
  }

  TEST_CASE_ON_EACH_STORE("a step that rests ends at once") {
    Place place;
    open_migrated(target, registry_of({}));
    std::atomic<int> rests = 0;
    {
      const auto rest = [&](Round& round) {
        for (;; ++rests)
          round.rest();
      };
      const housekeeping::Housekeeper keeper{steps(Doing{"long", rest}), place.config, target, place.rounds};
      CHECK(eventually([&] { return rests > 0; }));
    }
    CHECK(place.rounds.faults().empty());
  }
}
