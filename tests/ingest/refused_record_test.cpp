// A rule of the administrator refuses a row: the file fails, and the first such record is named.
#include "ingest/refused_record.hpp"

#include "ingest/run.hpp"
#include "support/each_store.hpp"
#include "support/pipeline.hpp"
#include "support/records.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include <sys/stat.h>

using namespace longshore;
using namespace longshore::test;

namespace {

constexpr const char* k_seven = R"([{"object_type":"cars","object_value":7}])";

// A trigger that refuses detections of seven, and statuses that are "unwanted", in the latest table only.
void add_rules(Pipeline& p) {
  REQUIRE(p.run_once() == Exit::ok);
  const bool postgres = p.target().engine == store::Engine::postgres;
  store::open(p.target(), store::Access::read_write, "longshore/tests")
      ->exec_script(postgres ? R"(
create function refuse() returns trigger language plpgsql as $$
begin
  raise exception 'not wanted here' using detail = 'secret of the row';
end $$;
create trigger refuse before insert on detection_events for each row when (7 = any (new.object_values)) execute function refuse();
alter table vehicle_status add constraint no_unwanted check (status <> 'unwanted');
)"
                             : R"(
create trigger refuse before insert on detection_events when new.object_values like '%7%'
begin select raise(abort, 'not wanted here'); end;
create trigger refuse_status before insert on vehicle_status when new.status = 'unwanted'
begin select raise(abort, 'no_unwanted'); end;
)");
}

std::string content_of(const std::string& path) {
  std::ifstream file{path};
  return {std::istreambuf_iterator<char>{file}, {}};
}

}  // namespace

TEST_SUITE("refused records") {
  TEST_CASE_ON_EACH_STORE("the first refused record of a file is named, and the other files of the batch load") {
    Pipeline p{target};
    add_rules(p);
    p.drop("objects_detection_1.json", events(event("a", k_time)));
    p.drop("objects_detection_2.json", events(event("b", k_time) + "," + event("", k_time) + ",\n " +
                                              event("zz", k_time, k_seven) + ",\n" + event("c", k_time, k_seven)));
    p.drop("objects_detection_3.json", events(event("d", k_time)));
    CHECK(p.run_once() == Exit::bad_data);
    CHECK(p.rows("select file_name, status from ingest_log order by 1") ==
          std::vector<std::string>{"objects_detection_1.json|loaded", "objects_detection_2.json|failed",
                                   "objects_detection_3.json|loaded"});
    const std::string error = p.one("select error from ingest_log where status = 'failed'");
    CHECK_MESSAGE(error.starts_with("the database refuses record 3: database"), error);
    CHECK_MESSAGE(error.find(": not wanted here; the table is detection_events (byte ") != std::string::npos, error);
    CHECK_MESSAGE(error.ends_with(", line 2, column 2)"), error);
    CHECK(p.one("select error_line from ingest_log where status = 'failed'") == "2");
    CHECK(p.one("select count(*) from detection_events") == "2");
    for (const std::string& path : p.files("failed"))
      if (path.ends_with(".reason.txt")) {
        const std::string reason = content_of(p.config.failed + "/" + path);
        CHECK(reason.find("not wanted here") != std::string::npos);
        CHECK(reason.find("secret") == std::string::npos);
      }
    CHECK(error.find("secret") == std::string::npos);
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("in a large file of several windows the record is found in the order of the document") {
    Pipeline p{target};
    add_rules(p);
    p.config.large_file = 10'000;
    p.config.window_bytes = 20'000;
    std::string records;
    for (int i = 0; i < 2'000; ++i)  // in the reverse order of the key
      records += (i ? ",\n" : "") + event("v" + std::to_string(9'000 - i), k_time, i >= 1'234 ? k_seven : "[]");
    p.drop("objects_detection_1.json", events(records));
    CHECK(p.run_once() == Exit::bad_data);
    const std::string error = p.one("select error from ingest_log");
    CHECK_MESSAGE(error.starts_with("the database refuses record 1235: database"), error);
    CHECK_MESSAGE(error.find(", line 1235, column ") != std::string::npos, error);
    CHECK(p.one("select count(*) from detection_events") == "0");
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("a rule on the latest table names the record too") {
    Pipeline p{target};
    add_rules(p);
    p.drop("vehicles_status_1.json", statuses(status("a", k_time, "driving") + "," + status("b", k_time, "unwanted")));
    CHECK(p.run_once() == Exit::bad_data);
    const std::string error = p.one("select error from ingest_log");
    CHECK_MESSAGE(error.starts_with("the database refuses record 2: database"), error);
    CHECK_MESSAGE(error.find("no_unwanted") != std::string::npos, error);
    CHECK(p.one("select count(*) from vehicle_status_history") == "0");
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("a rule on the latest table is found behind windows that are accepted") {
    Pipeline p{target};
    add_rules(p);
    p.config.large_file = 10'000;
    p.config.window_bytes = 20'000;
    std::string records;
    for (int i = 0; i < 2'000; ++i)
      records += (i ? ",\n" : "") + (i == 1'234 ? status("w", k_time, "unwanted")
                                                : status("v" + std::to_string(i % 50), k_time, "driving"));
    p.drop("vehicles_status_1.json", statuses(records));
    CHECK(p.run_once() == Exit::bad_data);
    const std::string error = p.one("select error from ingest_log");
    CHECK_MESSAGE(error.starts_with("the database refuses record 1235: database"), error);
    CHECK(p.one("select count(*) from vehicle_status_history") == "0");
    CHECK(p.one("select count(*) from vehicle_status") == "0");
    p.check_books();
  }

  TEST_CASE_ON_EACH_STORE("a stop that cannot wait ends the search: the refusal stays as it was") {
    Pipeline p{target};
    add_rules(p);
    p.drop("objects_detection_1.json", events(event("zz", k_time, k_seven)));
    const spool::Directories directories{p.config.landing, p.config.work, p.config.processed, p.config.failed};
    spool::Workspace workspace{directories, "search"};
    spool::OpenWriters writers;
    ingest::GrowthChecks growth;
    ingest::Context context{p.config, p.registry, directories, workspace,
                            writers,  growth,     p.target(),  ingest::no_observer()};
    struct stat st {};
    REQUIRE(::stat((p.config.landing + "/objects_detection_1.json").c_str(), &st) == 0);
    ingest::File file;
    file.entry = spool::candidate_of("objects_detection_1.json", st);
    file.feed = p.registry.find("objects_detection");
    file.row.file_name = file.entry.name;
    const spool::Claim claim = workspace.claim({&file.entry, 1});
    REQUIRE(claim.files.size() == 1);
    const auto session = store::open(p.target(), store::Access::read_write, "longshore/tests");
    const Error refusal{Fault::bad_file, "refused"};

    const Error found = ingest::name_refused_record(refusal, claim, file, context, *session);
    CHECK_MESSAGE(std::string{found.what()}.starts_with("the database refuses record 1: database"), found.what());
    CHECK(context.totals.bytes == 0);  // the file was counted when it was loaded

    context.stop = ingest::Stop::now;
    CHECK(ingest::name_refused_record(refusal, claim, file, context, *session).what() == std::string{"refused"});
    CHECK_FALSE(session->in_transaction());
    CHECK(p.one("select count(*) from detection_events") == "0");
  }
}
