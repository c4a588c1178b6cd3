// The common queries of the documentation run unchanged on both engines, with the same results.
#include "decode/decoding.hpp"
#include "support/each_store.hpp"
#include "support/pipeline.hpp"
#include "support/places.hpp"
#include "support/postgres_server.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

using namespace longshore;
using namespace longshore::test;

namespace {

std::string text_of_file(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

std::vector<std::string> statements() {
  std::vector<std::string> all;
  const std::string text = text_of_file(source("schema/queries.sql"));
  for (std::size_t begin = 0, end = 0; (end = text.find(";\n", begin)) != std::string::npos; begin = end + 2)
    all.push_back(text.substr(begin, end - begin));
  return all;
}

void load_samples(Pipeline& p) {
  for (const char* feed : {"objects_detection", "vehicles_status"})
    for (const auto& entry : std::filesystem::directory_iterator{source(std::string{"samples/"} + feed)})
      p.drop(entry.path().filename(), text_of_file(entry.path()));
  p.run_once();
}

}  // namespace

TEST_SUITE("queries") {
  TEST_CASE_ON_EACH_STORE("the twelve common queries have the same results on both engines") {
    Pipeline p{target};
    load_samples(p);
    const auto all = statements();
    REQUIRE(all.size() == 12);
    std::vector<std::vector<std::string>> answers;
    for (const std::string& sql : all)
      answers.push_back(p.rows(sql));

    CHECK(answers[4] == std::vector<std::string>{"parking|2026-01-01T08:15:02.546000Z"});
    CHECK(answers[5] == std::vector<std::string>{"9b1d0e4f6a2c4c7d8e5f3a1b2c4d6e8f|2026-01-01T08:00:34.546000Z"});
    for (const auto& answer : answers)
      CHECK(!answer.empty());
    // both engines must have the results of the first one
    static std::vector<std::vector<std::string>> first;
    if (first.empty())
      first = answers;
    for (std::size_t i = 0; i < answers.size(); ++i) {
      CAPTURE(i);
      CHECK(answers[i] == first[i]);
    }
  }

  TEST_CASE("the common queries have the same answers in any time zone and DateStyle of a session") {
    Pipeline p{fresh_database()};
    load_samples(p);
    const auto session = store::open(p.target(), store::Access::read_write, "longshore/tests");
    const auto answers = [&](const std::string& zone, const std::string& style) {
      std::string all;
      for (const std::string& sql : statements()) {
        session->exec("set timezone = '" + zone + "'");
        session->exec("set datestyle = '" + style + "'");
        session->exec("create temporary table answer as " + sql);
        session->exec("set timezone = 'UTC'");
        session->exec("set datestyle = 'ISO'");
        all +=
            store::as_text(
                session->exec("select coalesce(string_agg(a::text, ' ' order by ctid), '') from answer a").rows[0][0]) +
            "\n";
        session->exec("drop table answer");
      }
      return all;
    };
    const std::string in_utc = answers("UTC", "ISO, MDY");
    CHECK(in_utc.find("2026-01-01") != std::string::npos);
    for (const char* zone : {"America/New_York", "Asia/Kolkata", "Pacific/Kiritimati"})
      for (const char* style : {"ISO, DMY", "SQL, DMY", "German", "Postgres, MDY"}) {
        CAPTURE(zone);
        CAPTURE(style);
        CHECK(answers(zone, style) == in_utc);
      }
  }

  TEST_CASE("the planner estimates the number of hours in a table of detections") {
    Pipeline p{fresh_database()};
    p.run_once();
    const auto session = store::open(p.target(), store::Access::read_write, "longshore/tests");
    session->exec_script(
        "insert into detection_events select 'v' || i % 1000, '2022-06-01Z'::timestamptz + i * interval '10 s', i, "
        "array['cars', 'signs', 'trucks'], array[1, 2, 3], 1 from generate_series(1, 50000) i; analyze detection_events");
    const auto groups = [&] {
      const std::string plan =
          p.rows("explain select date_trunc('hour', detection_time), object_type, sum(object_value) from detections "
                 "where detection_time >= '2022-06-02Z' and detection_time < '2022-06-05Z' group by 1, 2")[0];
      const std::size_t at = plan.find("rows=");
      REQUIRE_MESSAGE(at != std::string::npos, plan);
      return std::stol(plan.substr(at + 5));
    };
    const long known = groups();
    session->exec("drop statistics detection_events");
    CHECK(known * 5 < groups());
  }

  TEST_CASE("a table of detections that is partitioned as in the operations guide works like a plain one") {
    Pipeline p{fresh_database()};
    p.drop("objects_detection_1.json", events(event("a", "2026-11-05T00:00:00Z")));
    p.run_once();
    const std::string guide = text_of_file(source("docs/operations.md"));
    const std::size_t begin = guide.find("begin;\nalter table detection_events rename");
    REQUIRE(begin != std::string::npos);
    store::open(p.target(), store::Access::read_write, "longshore/tests")
        ->exec_script(guide.substr(begin, guide.find("```", begin) - begin));
    p.drop("objects_detection_2.json",
           events(event("a", "2026-12-05T00:00:00Z") + "," + event("a", "1999-01-01T00:00:00Z")));
    p.drop("objects_detection_3.json",
           events(event("a", "2026-11-05T00:00:00Z") + "," + event("b", "2026-11-05T00:00:00Z")));
    CHECK(p.run_once() == Exit::ok);
    CHECK(p.rows("select tableoid::regclass::text as part, count(*) from detection_events group by 1 order by 1") ==
          std::vector<std::string>{"detection_events_2026_11|2", "detection_events_2026_12|1",
                                   "detection_events_other|1"});
    CHECK(p.one("select count(distinct detection_time) from detections") == "3");
    CHECK(p.one("select rows_duplicate from ingest_log where file_name = 'objects_detection_3.json'") == "1");
    p.check_books();
  }

  TEST_CASE("docs/queries.md has all queries of schema/queries.sql, the README five of them") {
    const std::string page = text_of_file(source("docs/queries.md"));
    const std::string readme = text_of_file(source("README.md"));
    int in_readme = 0;
    for (const std::string& sql : statements()) {
      std::string body = sql.substr(sql.rfind("-- "));
      body = body.substr(body.find('\n') + 1);
      CHECK_MESSAGE(page.find(body) != std::string::npos, body);
      in_readme += readme.find(body) != std::string::npos ? 1 : 0;
    }
    CHECK(in_readme == 5);
  }
}
