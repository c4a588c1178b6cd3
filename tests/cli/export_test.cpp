// longshore export, run as a user runs it: what is written.
#include "cli/exporting.hpp"
#include "support/postgres_server.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

using namespace longshore;
using namespace longshore::test;

TEST_SUITE("longshore export") {
  TEST_CASE_ON_EACH_STORE(
      "CSV that is exported and loaded again has the same rows: nulls, quotes, line breaks, numbers") {
    Exporting f{target};
    f.load("things_1.json", k_odd_records);

    const Finished csv = f.run({"--feed", "things"});

    CHECK(csv.exit == 0);
    CHECK(csv.err.empty());
    CHECK_MESSAGE(csv.out.starts_with("id,note,at,day,n,x,price,ok,tags,seen,more,file_id\n"), csv.out);
    CHECK(csv.out.find("\n2,,2026-01-01T00:00:00.000000Z,,,-0.1,-0.05,false,[],,") != std::string::npos);
    f.load("rows_1.csv", csv.out);
    const std::string columns = "id, note, at, day, n, x, price, ok";
    CHECK(f.p.one("select count(*) from rows_back") == "4");
    CHECK(f.p.rows("select " + columns + " from rows_back order by id") ==
          f.p.rows("select " + columns + " from things order by id"));
    exec(target, "update things set note = '' where id = 2");  // no file has it
    CHECK(f.run({"--feed", "things"}).out.find("\n2,\"\",2026-01-01T00:00:00.000000Z,") != std::string::npos);
  }

  TEST_CASE_ON_EACH_STORE("NDJSON that is exported and loaded again has the same rows: arrays, jsonb, unicode") {
    Exporting f{target};
    f.load("things_1.json", k_odd_records);

    const Finished json = f.run({"--feed", "things", "--format", "ndjson"});

    CHECK(json.exit == 0);
    CHECK_MESSAGE(
        json.out.find(R"("price":12.30,"ok":true,"tags":["a,b","\""],"seen":["2026-01-01T00:00:00.000000Z"])") !=
            std::string::npos,
        json.out);
    f.load("again_1.ndjson", json.out);
    CHECK(f.p.one("select count(*) from things_again") == "4");
    const std::string columns = "id, note, at, day, n, x, price, ok, tags, seen, cast(more as text) from ";
    CHECK(f.p.rows("select " + columns + "things_again order by id") ==
          f.p.rows("select " + columns + "things order by id"));
  }

  TEST_CASE_ON_EACH_STORE("a range has the rows from --since on and before --until, by a timestamp and by a date") {
    Exporting f{target};
    f.load_three_days();
    const auto rows = [&](std::vector<std::string> words) {
      words.insert(words.begin(), {"--feed", "things"});
      const Finished finished = f.run(words);
      CHECK_MESSAGE(finished.exit == 0, finished.err);
      return line_count(finished.out) - 1;
    };
    CHECK(rows({}) == 4);
    CHECK(rows({"--since", "2026-01-02"}) == 3);
    CHECK(rows({"--since", "2026-01-02T00:00:00.000001Z"}) == 2);
    CHECK(rows({"--until", "2026-01-02"}) == 1);
    CHECK(rows({"--since", "2026-01-02", "--until", "2026-01-03"}) == 1);
    CHECK(rows({"--since", "2026-01-03", "--until", "2026-01-04"}) == 2);
    CHECK(rows({"--since", "1d"}) == 0);
    CHECK(rows({"--by", "day", "--since", "2026-01-01"}) == 2);
    CHECK(rows({"--by", "day", "--since", "2026-01-01T00:00:01Z"}) == 1);
    CHECK(rows({"--by", "day", "--until", "2026-01-02"}) == 1);
    CHECK(rows({"--latest"}) == 3);
    CHECK(rows({"--latest", "--until", "2026-01-02"}) == 1);
  }

  TEST_CASE_ON_EACH_STORE("a feed without a history exports its latest table, with the rows of the application") {
    Pipeline p{target, registry_of({})};
    p.config.feeds = p.scratch / "feeds.d";
    std::filesystem::create_directories(p.config.feeds);
    const std::string toml = R"(
name    = "positions"
files   = ["positions_*.json"]
records = [""]
history = false
latest  = { table = "position", key = ["vehicle"], newest = "at" }
columns = [
  { name = "vehicle", from = "/vehicle", type = "text" },
  { name = "at",      from = "/at",      type = "timestamp" },
  { name = "x",       from = "/x",       type = "double", required = false },
]
)";
    write_file(p.config.feeds + "/positions.toml", toml);
    const bool postgres = target.engine == store::Engine::postgres;
    open_migrated(target, registry_of({parse_feed(toml, "positions.toml")}));
    exec(target, postgres ? "insert into position (vehicle, at, x) values ('a', 'infinity', 'NaN'), ('b', '-infinity', "
                            "'-infinity'), ('c', '2026-01-01Z', 1.5)"
                          : "insert into position (vehicle, at, x) values ('a', '2026-01-02T00:00:00.000000Z', 9e999), "
                            "('c', '2026-01-01T00:00:00.000000Z', 1.5)");
    const Finished json = run_longshore({"export", "--feed", "positions", "--format", "ndjson", "--database",
                                         p.config.database, "--feeds", p.config.feeds});
    CHECK_MESSAGE(json.exit == 0, json.err);
    CHECK(json.out.find(R"({"vehicle":"c","at":"2026-01-01T00:00:00.000000Z","x":1.5,"file_id":null})") !=
          std::string::npos);
    CHECK_MESSAGE(json.out.find(postgres ? R"({"vehicle":"a","at":"infinity","x":"nan","file_id":null})"
                                         : R"("x":"inf","file_id":null})") != std::string::npos,
                  json.out);
  }

  TEST_CASE("PostgreSQL: an export is of one moment, also with a limit of the role on the time of a statement") {
    Exporting f{fresh_database()};
    f.load_three_days();
    exec(f.p.target(), "alter role current_user set statement_timeout = '1ms'");
    const Finished finished = f.run({"--feed", "things"});
    exec(f.p.target(), "alter role current_user reset statement_timeout");
    CHECK_MESSAGE(finished.exit == 0, finished.err);
    CHECK(line_count(finished.out) == 5);
  }

  TEST_CASE("PostgreSQL: a feed is exported from its own schema, and a column of another type has the declared one") {
    store::Target target = fresh_database();
    target.schema = "My fleet";
    Exporting f{target};
    f.load_three_days();
    exec(target,
         "alter table \"My fleet\".things alter n type bigint; alter table \"My fleet\".things alter x type real; "
         "update \"My fleet\".things set n = 7, x = 1.5 where id = 3");
    const Finished finished = f.run({"--feed", "things", "--schema", "My fleet", "--until", "2026-01-02"});
    CHECK_MESSAGE(finished.exit == 0, finished.err);
    CHECK(finished.out.find("\n3,,2026-01-01T12:00:00.000000Z,2026-01-01,7,1.5,,,,,,1\n") != std::string::npos);
  }

  TEST_CASE_ON_EACH_STORE("what cannot be exported is refused with its remedy, before any file is touched") {
    Exporting f{target};
    f.load_three_days();
    const auto refused = [&](const std::vector<std::string>& words, int exit, const std::string& text) {
      const Finished finished = f.run(words);
      CHECK(finished.exit == exit);
      CHECK(finished.out.empty());
      CHECK_MESSAGE(finished.err.find(text) != std::string::npos, finished.err);
      CHECK(finished.err.find("\nhint: ") != std::string::npos);
    };
    refused({}, 64, "missing option --feed");
    refused({"--feed", "thing"}, 64, "unknown feed \"thing\"");
    refused({"--feed", "things", "--format", "parquet"}, 64, "--format: \"parquet\" is unknown");
    refused({"--feed", "things", "--compress", "xz"}, 64, "--compress: \"xz\" is unknown");
    refused({"--feed", "things", "--partition", "month", "--output", f.out("x")}, 64,
            "--partition: \"month\" is unknown");
    refused({"--feed", "things", "--partition", "date"}, 64, "--partition needs a directory");
    refused({"--feed", "things", "--by", "note"}, 64, "--by: \"note\" is not a timestamp or date");
    refused({"--feed", "things", "--until", "soon"}, 64, "--until: \"soon\" is not a time");
    refused({"--feed", "things", "--since", "2026-01-02", "--until", "2026-01-02"}, 64,
            "--since is not before --until");
    refused({"--feed", "rows", "--latest"}, 64, "has no latest table");
    refused({"--feed", "things", "--output", f.out("no/such/file.csv")}, 73, "No such file or directory");
    refused({"--feed", "things", "--output", f.p.scratch.path()}, 73, "Is a directory");
    exec(target, "drop table rows_back");
    refused({"--feed", "rows"}, 78, "rows_back");
  }
}
