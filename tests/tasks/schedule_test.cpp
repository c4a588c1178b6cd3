// When a task runs.
#include "tasks/schedule.hpp"

#include <doctest/doctest.h>

using namespace longshore;
using namespace longshore::tasks;

namespace {

constexpr std::int64_t k_second = 1'000'000;

struct Clockwork {
  Task task;
  store::TaskStates states;
  Arrivals arrivals;

  Clockwork() {
    task.name = "t";
    task.after_feeds = {"f"};
    states.now = 1000 * k_second;
    states.tasks.resize(1);
    states.tasks[0].task = "t";
  }
  store::TaskState& state() { return states.tasks[0]; }
  void add_files(std::uint64_t changes) {
    state().changes += changes;
    state().has_files = true;
    arrivals.see(states);
  }
  // In seconds.
  void wait(std::int64_t time) {
    states.now += time * k_second;
    arrivals.see(states);
  }
  std::string cause(Pace pace = Pace::settled) const {
    const auto start = due(task, states, arrivals, pace);
    return start ? start->cause : "";
  }
};

}  // namespace

TEST_SUITE("schedule of tasks") {
  TEST_CASE("a task runs when no change has come for `settle`") {
    Clockwork c;
    CHECK(c.cause().empty());
    c.add_files(1);
    CHECK(c.cause().empty());
    CHECK(c.cause(Pace::at_once) == "change");
    c.wait(1);
    c.add_files(3);
    c.wait(1);
    CHECK(c.cause().empty());
    c.wait(1);
    CHECK(c.cause() == "change");
  }

  TEST_CASE("a task runs at `max_wait` after the first change, while changes keep coming") {
    Clockwork c;
    for (int i = 0; i < 60; ++i) {
      c.add_files(1);
      CHECK(c.cause().empty());
      c.wait(1);
    }
    CHECK(c.cause() == "change");
  }

  TEST_CASE("changes that a run has used are not waited for again") {
    Clockwork c;
    c.add_files(100);
    c.wait(50);
    c.state().changes = 2;  // loaded during the run
    c.arrivals.see(c.states);
    c.wait(1);
    CHECK(c.cause().empty());
    c.wait(1);
    CHECK(c.cause() == "change");
  }

  TEST_CASE("a run starts no sooner after the end of the last one than that lasted") {
    Clockwork c;
    c.state().started_at = c.states.now - 30 * k_second;
    c.state().finished_at = c.states.now;
    c.add_files(1);
    c.wait(29);
    CHECK(c.cause().empty());
    CHECK(c.cause(Pace::at_once) == "change");
    c.wait(1);
    CHECK(c.cause() == "change");
  }

  TEST_CASE("a failed task runs again when its pause is over, whether changes wait or not") {
    Clockwork c;
    c.state().failures = 2;
    c.state().retry_at = c.states.now + 20 * k_second;
    c.add_files(1);
    c.wait(19);
    CHECK(c.cause().empty());
    c.wait(1);
    CHECK(c.cause() == "retry");
    c.state().changes = 0;
    CHECK(c.cause() == "retry");
    c.task.after_feeds.clear();  // on demand only
    CHECK(c.cause().empty());
  }

  TEST_CASE("a lost run is repeated at once, a running one is left alone") {
    Clockwork c;
    c.state().is_running = true;
    c.add_files(1);
    c.wait(1000);
    CHECK(c.cause().empty());
    c.state().is_running = false;
    c.state().is_lost = true;
    CHECK(c.cause() == "retry");
  }

  TEST_CASE("a task with `every` runs at its interval, the first time at once") {
    Clockwork c;
    c.task.after_feeds.clear();
    c.task.every = std::chrono::hours{1};
    CHECK(c.cause() == "every");
    c.state().started_at = c.states.now;
    c.wait(3599);
    CHECK(c.cause().empty());
    c.wait(1);
    CHECK(c.cause() == "every");
  }

  TEST_CASE("a task waits for the tasks in its `after`, at most `max_wait`, and not for one that fails") {
    Clockwork c;
    c.task.after_tasks = {"u"};
    c.states.tasks.resize(2);
    c.states.tasks[1].task = "u";
    c.states.tasks[1].changes = 1;
    c.add_files(1);
    c.wait(10);
    CHECK(c.cause().empty());
    CHECK(c.cause(Pace::at_once).empty());
    c.states.tasks[1].failures = 1;
    CHECK(c.cause() == "change");
    c.states.tasks[1].failures = 0;
    c.wait(50);
    CHECK(c.cause() == "change");
  }

  TEST_CASE("the end of another task starts a task without a pause, and is its parent") {
    Clockwork c;
    c.task.after_feeds.clear();
    c.task.after_tasks = {"u"};
    c.state().changes = 1;
    c.state().parent_run_id = 7;
    c.arrivals.see(c.states);
    const auto start = due(c.task, c.states, c.arrivals, Pace::settled);
    REQUIRE(start);
    CHECK(start->cause == "task");
    CHECK(start->parent_run_id == 7);
    c.task.after_tasks.clear();
    c.task.after_failure = {"u"};
    CHECK(c.cause() == "failure");
  }
}
