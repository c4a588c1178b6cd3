// Partitions that exist before the rows of their time come.
#include "housekeeping/make_partitions.hpp"

#include "base/time.hpp"
#include "housekeeping/steps.hpp"
#include "store/new_partitions.hpp"
#include "support/each_store.hpp"
#include "support/postgres_server.hpp"
#include "support/readings.hpp"
#include "support/rows.hpp"

#include <doctest/doctest.h>

#include <future>
#include <string>
#include <vector>

using namespace longshore;
using namespace longshore::test;
using store::make_next_partition;

namespace {

using Names = std::vector<std::string>;

std::int64_t time(const std::string& text) { return *parse_time(text).micros; }

// A database with the table readings, partitioned by its time. `partitions`: SQL.
struct Partitioned {
  explicit Partitioned(const std::string& partitions) : session{open_migrated(target, registry_of({readings()}))} {
    session->exec_script("alter table readings rename to plain;"
                         "create table readings (like plain including all) partition by range (at); drop table plain;" +
                         partitions);
  }

  // Creates what is missing until then.
  Names make(const std::string& until) const {
    Names names;
    for (;;) {
      std::string name = make_next_partition(*session, "readings", time(until));
      CHECK_FALSE(session->in_transaction());
      if (name.empty())
        return names;
      names.push_back(std::move(name));
    }
  }
  std::string bounds(const std::string& partition) const {
    return store::as_text(
        session->exec("select pg_get_expr(relpartbound, oid) from pg_class where relname = $1", {partition})
            .rows.at(0)[0]);
  }

  store::Target target = fresh_database();
  std::unique_ptr<store::Session> session;
};

std::string of_days(const std::string& name, const std::string& from, const std::string& to) {
  return "create table " + name + " partition of readings for values from ('" + from + "') to ('" + to + "');";
}

class OneRound : public housekeeping::Round {
 public:
  explicit OneRound(store::Session& session) : m_session(session) {}
  store::Session& session() override { return m_session; }
  std::int64_t now() const override { return 0; }
  observe::Observer& observer() override { return m_observer; }
  housekeeping::Work& work() override { return m_work; }
  void rest() override {}

 private:
  store::Session& m_session;
  observe::Observer m_observer;
  housekeeping::Work m_work;
};

}  // namespace

TEST_SUITE("housekeeping") {
  TEST_CASE("PostgreSQL: months are continued over the year, with the names and options of the last one") {
    const Partitioned t{of_days("readings_2026_10", "2026-10-01", "2026-11-01") +
                        "create table readings_2026_11 partition of readings for values from ('2026-11-01') to "
                        "('2026-12-01') with (fillfactor = 70);"};
    CHECK(t.make("2026-11-30T00:00:00Z").empty());
    CHECK(t.make("2027-01-02T00:00:00Z") == Names{"readings_2026_12", "readings_2027_01"});
    CHECK(t.bounds("readings_2027_01") == "FOR VALUES FROM ('2027-01-01 00:00:00+00') TO ('2027-02-01 00:00:00+00')");
    CHECK(store::as_text(t.session->exec("select reloptions::text from pg_class where relname = 'readings_2027_01'")
                             .rows.at(0)[0]) == "{fillfactor=70}");
    // the unique key holds in it too
    const std::string row = "insert into readings (sensor, at, record_hash, value, file_id) values ('a', "
                            "'2027-01-15T00:00:00Z', 1, 1, 1)";
    t.session->exec(row);
    CHECK_THROWS_AS(t.session->exec(row), Error);
    CHECK(t.session->exec("select 1 from readings_2027_01").size() == 1);
    CHECK(t.make("2027-01-02T00:00:00Z").empty());
  }

  TEST_CASE("PostgreSQL: days are continued, whatever their names are") {
    for (const auto& [name, next] :
         std::vector<std::pair<std::string, std::string>>{{"readings_20260228", "readings_20260301"},
                                                          {"readings_p2026_02_28", "readings_p2026_03_01"},
                                                          {"\"Readings of 2026_02_28\"", "Readings of 2026_03_01"},
                                                          {"newest", "readings_20260301"}}) {
      CAPTURE(name);
      const Partitioned t{of_days(name, "2026-02-28", "2026-03-01")};
      CHECK(t.make("2026-03-01T12:00:00Z") == Names{next});
      CHECK(t.bounds(next) == "FOR VALUES FROM ('2026-03-01 00:00:00+00') TO ('2026-03-02 00:00:00+00')");
    }
  }

  TEST_CASE("PostgreSQL: tables that longshore cannot continue are left alone") {
    for (const std::string& partitions :
         Names{of_days("readings_w", "2026-03-02", "2026-03-09"),
               of_days("readings_h", "2026-03-02 00:00:00+00", "2026-03-02 01:00:00+00"),
               of_days("readings_zone", "2026-03-02 00:00:00+01", "2026-03-03 00:00:00+01"),
               of_days("readings_20260302", "2026-03-02", "2026-03-03") +
                   "create table readings_rest partition of readings for values from ('2026-03-03') to (maxvalue);",
               Names{"create table readings_default partition of readings default;"}[0], std::string{}}) {
      CAPTURE(partitions);
      const Partitioned t{partitions};
      CHECK(t.make("2027-01-01T00:00:00Z").empty());
    }
    const auto plain = open_migrated(fresh_database(), registry_of({readings()}));
    CHECK(make_next_partition(*plain, "readings", time("2027-01-01T00:00:00Z")).empty());
    CHECK(make_next_partition(*plain, "no_such_table", time("2027-01-01T00:00:00Z")).empty());
  }

  TEST_CASE("PostgreSQL: a table of another role is left alone; one of a role of which this one is a member is not") {
    const Partitioned t{of_days("readings_20260302", "2026-03-02", "2026-03-03")};
    const std::string suffix = store::as_text(t.session->exec("select current_database()").rows.at(0)[0]);
    t.session->exec_script("create role owner_" + suffix + "; create role member_" + suffix +
                           " login; create role other_" + suffix + " login; grant owner_" + suffix + " to member_" +
                           suffix + "; grant create on schema public to owner_" + suffix +
                           "; alter table readings owner to owner_" + suffix);
    const auto as = [&](const std::string& role) {
      store::Target target = t.target;
      target.location += " user=" + role + "_" + suffix;
      return store::open(target, store::Access::read_write, "longshore/tests");
    };
    CHECK(make_next_partition(*as("other"), "readings", time("2026-03-05T00:00:00Z")).empty());
    CHECK(make_next_partition(*as("member"), "readings", time("2026-03-05T00:00:00Z")) == "readings_20260303");
    CHECK(store::as_text(t.session->exec("select tableowner from pg_tables where tablename = 'readings_20260303'")
                             .rows.at(0)[0]) == "owner_" + suffix);
  }

  TEST_CASE("PostgreSQL: loads under way do not wait for a new partition, nor it for them") {
    const Partitioned t{of_days("readings_20260302", "2026-03-02", "2026-03-03")};
    const auto loader = store::open(t.target, store::Access::read_write, "longshore/tests");
    loader->begin();
    loader->exec(
        "insert into readings (sensor, at, record_hash, value, file_id) values ('a', '2026-03-02T00:00:00Z', 1, "
        "1, 1)");
    CHECK(t.make("2026-03-03T12:00:00Z") == Names{"readings_20260303"});
    loader->exec(
        "insert into readings (sensor, at, record_hash, value, file_id) values ('a', '2026-03-03T00:00:00Z', 1, "
        "1, 1)");
    loader->commit();
  }

  TEST_CASE("PostgreSQL: two processes create each partition once") {
    const Partitioned t{of_days("readings_20260302", "2026-03-02", "2026-03-03")};
    const auto make = [&] {
      const auto session = store::open(t.target, store::Access::read_write, "longshore/tests");
      int count = 0;
      while (!make_next_partition(*session, "readings", time("2026-03-23T00:00:00Z")).empty())
        ++count;
      return count;
    };
    auto other = std::async(std::launch::async, make);
    const int made = make();
    CHECK(made + other.get() == 20);
  }

  TEST_CASE(
      "PostgreSQL: the step creates what is missing until today and ahead, counts it, and names a table it cannot") {
    const std::string yesterday = format_time(now_micros() - k_micros_a_day).substr(0, 10);
    const std::string today = format_time(now_micros()).substr(0, 10);
    const Partitioned t{of_days("readings_y", yesterday, today)};
    const Registry registry = registry_of({readings()});
    housekeeping::MakePartitions step{registry, std::chrono::hours{24 * 7}};
    OneRound round{*t.session};
    step.run(round);
    CHECK(round.work().partitions == 8);
    step.run(round);
    CHECK(round.work().partitions == 8);

    t.session->exec_script("create table readings_default partition of readings default;");
    const std::string later = format_time(now_micros() + 9 * k_micros_a_day);
    t.session->exec("insert into readings (sensor, at, record_hash, value, file_id) values ('a', $1, 1, 1, 1)",
                    {later});
    housekeeping::MakePartitions further{registry, std::chrono::hours{24 * 30}};
    CHECK_THROWS_AS(further.run(round), Error);
    CHECK_FALSE(t.session->in_transaction());
    CHECK(round.work().partitions == 9);
  }

  TEST_CASE("the step exists only with make_partitions, and comes first") {
    const Registry registry = registry_of({readings("")});
    const spool::Directories directories{"landing", "work", "processed", "failed"};
    config::Config config;
    CHECK(housekeeping::steps_of(config, registry, directories).empty());
    config.make_partitions = std::chrono::hours{24};
    config.keep_ledger = std::chrono::hours{24};
    const auto steps = housekeeping::steps_of(config, registry, directories);
    REQUIRE(steps.size() == 2);
    CHECK(steps[0]->task() == "make_partitions");
    CHECK(housekeeping::interval_of(config::Config{}) == std::chrono::hours{1});
  }

  TEST_CASE_ON_EACH_STORE("without partitions there is nothing to create") {
    const auto session = open_migrated(target, registry_of({readings()}));
    const Registry registry = registry_of({readings()});
    OneRound round{*session};
    housekeeping::MakePartitions{registry, std::chrono::hours{24}}.run(round);
    CHECK(round.work().is_empty());
  }
}
