#include "samples/sample.hpp"
#include "support/each_store.hpp"
#include "system/running.hpp"

#include <filesystem>

using namespace longshore;
using namespace longshore::test;
using Texts = std::vector<std::string>;

namespace {

constexpr const char* k_revenue =
    "select day, country, orders, cast(round(revenue * 100) as bigint) from revenue_daily order by 1, 2";
constexpr const char* k_customers =
    "select customer_id, first_day, last_day, orders, cast(round(revenue * 100) as bigint) from customers order by 1";

std::string newest_run(Sample& sample, const std::string& task) {
  return sample.one("select cause, state, touched from ingest_task_runs where task = '" + task +
                    "' order by run_id desc limit 1");
}

}  // namespace

TEST_SUITE("samples") {
  TEST_CASE_ON_EACH_STORE("orders have several uses, discards come back corrected, and a failed task informs") {
    Sample sample{"orders", target};
    sample.drop("orders_1.ndjson");
    const ScriptRun first = sample.shell("longshore run --once");
    CHECK_MESSAGE(first.exit == 65, first.output);  // send_orders has failed
    CHECK(sample.rows(k_revenue) ==
          Texts{"2026-01-01|France|1|24900", "2026-01-01|Germany|1|3980", "2026-01-02|France|1|1990"});
    CHECK(sample.rows(k_customers) ==
          Texts{"7|2026-01-01|2026-01-01|1|3980", "8|2026-01-01|2026-01-01|1|24900", "9|2026-01-02|2026-01-02|1|1990"});
    CHECK(newest_run(sample, "send_orders") == "change|failed|2");
    CHECK(newest_run(sample, "inform") == "failure|succeeded|0");
    const std::string informed = content_of(sample / "informed.ndjson");
    CHECK_MESSAGE(informed.find("the directory outbox of the warehouse does not exist") != std::string::npos, informed);

    // the outbox exists now: the days that wait are sent
    const ScriptRun sent = sample.shell("mkdir outbox && longshore task run send_orders");
    CHECK_MESSAGE(sent.exit == 0, sent.output);
    CHECK(newest_run(sample, "send_orders") == "command|succeeded|2");
    CHECK(content_of(sample / "outbox/orders-2026-01-02.csv").find("\n4,2026-01-01T23:30:00.000000Z,2026-01-02,9,") !=
          std::string::npos);

    // the discards
    const ScriptRun corrected = sample.shell("longshore rejects 1 --export >corrected\n"
                                             "sed -i 's/\"two\"/2/; s/Frnace/FR/' corrected\n"
                                             "mv corrected landing/orders_1_corrected.ndjson\n"
                                             "longshore run --once");
    CHECK_MESSAGE(corrected.exit == 0, corrected.output);
    CHECK(sample.one("select status, rows_loaded from ingest_log where file_name = 'orders_1_corrected.ndjson'") ==
          "loaded|2");
    CHECK(newest_run(sample, "customers") == "change|succeeded|2");
    CHECK(newest_run(sample, "send_orders") == "change|succeeded|2");
    CHECK(sample.rows(k_revenue) ==
          Texts{"2026-01-01|France|1|24900", "2026-01-01|Germany|2|21780", "2026-01-02|France|2|26890"});
    CHECK(sample.rows(k_customers) == Texts{"7|2026-01-01|2026-01-01|2|21780", "8|2026-01-01|2026-01-01|1|24900",
                                            "9|2026-01-02|2026-01-02|2|26890"});
    CHECK(content_of(sample / "outbox/orders-2026-01-01.csv").find("\n3,") != std::string::npos);
  }
}
