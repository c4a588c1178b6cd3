// longshore export, run as a user runs it: where it is written, and what is left after a fault.
#include "cli/exporting.hpp"
#include "support/eventually.hpp"
#include "support/mount.hpp"
#include "support/places.hpp"
#include "support/postgres_server.hpp"
#include "support/script.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <filesystem>
#include <map>
#include <string>
#include <thread>

using namespace longshore;
using namespace longshore::test;

TEST_SUITE("files of an export") {
  TEST_CASE_ON_EACH_STORE("--partition writes a file for each date, sorted by time, and leaves other dates alone") {
    Exporting f{target};
    f.load_three_days();
    const std::string dir = f.out("lake");
    const Finished all = f.run({"--feed", "things", "--partition", "date", "--output", dir});
    CHECK_MESSAGE(all.exit == 0, all.err);
    CHECK(column(all, "rows") == Lines{"1", "1", "2"});
    CHECK(column(all, "file").front() == dir + "/date=2026-01-01/things.csv");
    CHECK(tree(dir) == Lines{"date=2026-01-01", "date=2026-01-01/things.csv", "date=2026-01-02",
                             "date=2026-01-02/things.csv", "date=2026-01-03", "date=2026-01-03/things.csv"});
    const std::string third = content_of(dir + "/date=2026-01-03/things.csv");
    CHECK(third.starts_with("id,note,at,"));
    CHECK(third.find("\n1,,2026-01-03T00:00:00.000000Z") < third.find("\n2,,2026-01-03T23:59:59.999999Z"));
    CHECK(third.find("\n2,,2026-01-03T23:59:59.999999Z") != std::string::npos);

    write_file(dir + "/date=2026-01-01/things.csv", "mine");
    f.load("things_2.json", "{\"id\":7,\"at\":\"2026-01-02T01:00:00Z\"}\n");
    CHECK(f.run({"--feed", "things", "--partition", "date", "--output", dir, "--since", "2026-01-02", "--until",
                 "2026-01-03"})
              .exit == 0);
    CHECK(content_of(dir + "/date=2026-01-01/things.csv") == "mine");
    CHECK(line_count(content_of(dir + "/date=2026-01-02/things.csv")) == 3);
    CHECK(content_of(dir + "/date=2026-01-03/things.csv") == third);

    const Finished by_day = f.run({"--feed", "things", "--partition", "date", "--by", "day", "--compress", "zstd",
                                   "--format", "ndjson", "--output", f.out("days")});
    CHECK_MESSAGE(by_day.exit == 0, by_day.err);
    CHECK(tree(f.out("days")) == Lines{"date=2026-01-01", "date=2026-01-01/things.ndjson.zst", "date=2026-01-02",
                                       "date=2026-01-02/things.ndjson.zst", "date=__HIVE_DEFAULT_PARTITION__",
                                       "date=__HIVE_DEFAULT_PARTITION__/things.ndjson.zst"});

    const Finished none =
        f.run({"--feed", "things", "--partition", "date", "--output", f.out("none"), "--until", "2000-01-01"});
    CHECK(none.exit == 0);
    CHECK(tree(f.out("none")).empty());
  }

  TEST_CASE_ON_EACH_STORE("more dates than the limit of open files are written, because the hard limit is higher") {
    Exporting f{target};
    std::string records;
    for (int day = 0; day < 300; ++day)
      records += "{\"id\":1,\"at\":\"" +
                 format_time(*parse_time("2026-01-01T00:00:00Z").micros + day * k_micros_a_day) + "\"}\n";
    f.load("things_1.json", records);
    const auto command = [&](const std::string& directory) {
      return program() + " export --feed things --partition date --output " + f.out(directory) + " --database '" +
             f.p.config.database + "' --feeds " + f.p.config.feeds;
    };
    const ScriptRun run = run_script("ulimit -Sn 100; " + command("lake"));
    CHECK_MESSAGE(run.exit == 0, run.output);
    CHECK(tree(f.out("lake")).size() == 600);
    const ScriptRun refused = run_script("ulimit -n 100; " + command("lake2"));
    CHECK(refused.exit == 73);
    CHECK_MESSAGE(refused.output.find("export a shorter time") != std::string::npos, refused.output);
    CHECK(tree(f.out("lake2")).empty());
  }

  TEST_CASE_ON_EACH_STORE("a file is compressed by its suffix, and its content is that of the plain one") {
    Exporting f{target};
    f.load("things_1.json", k_odd_records);
    const std::string plain = f.run({"--feed", "things"}).out;
    for (const auto& [suffix, tool] : std::map<std::string, std::string>{{".gz", "gzip"}, {".zst", "zstd"}}) {
      const std::string path = f.out("things.csv" + suffix);
      const Finished finished = f.run({"--feed", "things", "--output", path});
      CHECK_MESSAGE(finished.exit == 0, finished.err);
      CHECK(column(finished, "file") == Lines{path});
      CHECK(column(finished, "rows") == Lines{"4"});
      CHECK(column(finished, "bytes") == Lines{std::to_string(std::filesystem::file_size(path))});
      CHECK(run_script(tool + " -dc " + path).output == plain);
    }
    CHECK(run_script(program() + " export --feed things --compress gzip --database '" + f.p.config.database +
                     "' --feeds " + f.p.config.feeds + " | gzip -dc")
              .output == plain);
    const Finished named = f.run({"--feed", "things", "--output", f.out("things.ndjson.zst"), "--json"});
    CHECK_MESSAGE(named.out.find(R"("rows":4)") != std::string::npos, named.out);
    CHECK(run_script("zstd -dc " + f.out("things.ndjson.zst")).output.starts_with("{\"id\":"));
  }

  TEST_CASE_ON_EACH_STORE(
      "an existing file is replaced through its symbolic link, and a pipe and a device are written into") {
    Exporting f{target};
    f.load_three_days();
    write_file(f.out("old.csv"), "old");
    std::filesystem::create_symlink(f.out("old.csv"), f.out("link.csv"));
    CHECK(f.run({"--feed", "things", "--output", f.out("link.csv")}).exit == 0);
    CHECK(std::filesystem::is_symlink(f.out("link.csv")));
    CHECK(line_count(content_of(f.out("old.csv"))) == 5);
    CHECK(f.run({"--feed", "things", "--output", "/dev/null"}).exit == 0);
    CHECK(std::filesystem::is_character_file("/dev/null"));
    const ScriptRun piped = run_script("mkfifo " + f.out("pipe") + "; cat " + f.out("pipe") + " | wc -l & " +
                                       program() + " export --feed things --output " + f.out("pipe") + " --database '" +
                                       f.p.config.database + "' --feeds " + f.p.config.feeds + " >/dev/null; wait");
    CHECK(piped.output == "5\n");
  }

  TEST_CASE_ON_EACH_STORE("a million rows are exported with bounded memory, and `| head` ends it without a message") {
    Exporting f{target};
    f.p.run_once();
    exec(target,
         target.engine == store::Engine::postgres
             ? "insert into things (id, at, record_hash, note, file_id) select i, '2026-01-01Z'::timestamptz + i * "
               "interval '1 s', i, repeat('x', 100), 1 from generate_series(1, 1000000) i"
             : "insert into things (id, at, record_hash, note, file_id) with recursive n (i) as (select 1 union all "
               "select i + 1 from n where i < 1000000) select i, strftime('%Y-%m-%dT%H:%M:%S', 1767225600 + i, "
               "'unixepoch') || '.000000Z', i, printf('%.*c', 100, 'x'), 1 from n");
    const std::string command =
        program() + " export --feed things --database '" + f.p.config.database + "' --feeds " + f.p.config.feeds;
    const ScriptRun whole =
        run_script("/usr/bin/env python3 -c 'import resource, subprocess, sys; p = "
                   "subprocess.Popen(sys.argv[1], shell=True, stdout=subprocess.PIPE); n = sum(b.count(b\"\\n\") "
                   "for b in iter(lambda: p.stdout.read(1 << 20), b\"\")); p.wait(); print(n, p.returncode, "
                   "resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' \"exec " +
                   command + "\"");
    int lines = 0;
    int exit = -1;
    int kibibytes = 0;
    REQUIRE(std::sscanf(whole.output.c_str(), "%d %d %d", &lines, &exit, &kibibytes) == 3);
    CHECK(lines == 1'000'001);
    CHECK(exit == 0);
    CHECK(kibibytes < 64 * 1024);

    CHECK(run_script("bash -c \"env --default-signal=PIPE " + command + " | head -n 1; echo \\${PIPESTATUS[0]}\"")
              .output == "id,note,at,day,n,x,price,ok,tags,seen,more,file_id\n141\n");
    CHECK(run_script("bash -c \"trap '' PIPE; " + command + " | head -n 1; echo \\${PIPESTATUS[0]}\"").output ==
          "id,note,at,day,n,x,price,ok,tags,seen,more,file_id\n74\n");
  }

  TEST_CASE_ON_EACH_STORE("a command that is killed in the middle leaves no file, and the old one is unchanged") {
    Exporting f{target};
    f.load_three_days();
    std::filesystem::create_directory(f.out("to"));
    write_file(f.out("to/things.csv"), "old");
    for (const char* place : {"in_export:1", "before_publish:1"}) {
      CHECK(f.run({"--feed", "things", "--output", f.out("to/things.csv")}, {{"LONGSHORE_CRASH_AT", place}}).exit ==
            137);
      CHECK(tree(f.out("to")) == Lines{"things.csv"});
      CHECK(content_of(f.out("to/things.csv")) == "old");
      CHECK(
          f.run({"--feed", "things", "--partition", "date", "--output", f.out("lake")}, {{"LONGSHORE_CRASH_AT", place}})
              .exit == 137);
      CHECK(tree(f.out("lake")).empty());
    }
  }

  TEST_CASE("PostgreSQL: a connection that is lost in the middle fails the export, and leaves the old file") {
    Exporting f{fresh_database()};
    f.p.run_once();
    exec(f.p.target(),
         "insert into things (id, at, record_hash, note, file_id) select i, '2026-01-01Z'::timestamptz + i * "
         "interval '1 s', i, repeat('x', 200), 1 from generate_series(1, 100000) i");
    std::filesystem::create_directory(f.out("to"));
    write_file(f.out("to/things.csv"), "old");
    const std::string wait = f.out("wait");
    Finished finished;
    std::thread run{[&] {
      finished = f.run({"--feed", "things", "--output", f.out("to/things.csv")},
                       {{"LONGSHORE_CRASH_AT", "in_export:1=wait"}, {"LONGSHORE_WAIT", wait}});
    }};
    CHECK(eventually([&] { return std::filesystem::exists(wait); }));
    exec(f.p.target(), "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and "
                       "query like '%copy (%' and pid <> pg_backend_pid()");
    std::filesystem::remove(wait);
    run.join();
    CHECK(finished.exit == 69);
    CHECK_MESSAGE(finished.err.find("longshore: ") == 0, finished.err);
    CHECK(finished.err.find("bug") == std::string::npos);
    CHECK(tree(f.out("to")) == Lines{"things.csv"});
    CHECK(content_of(f.out("to/things.csv")) == "old");
  }

  TEST_CASE_ON_EACH_STORE("a full disk fails the export with its hint, and leaves the old file") {
    Exporting f{target};
    std::filesystem::create_directory(f.out("small"));
    const auto small = Mount::tmpfs(f.out("small"), "size=64k");
    if (!small)
      return;
    std::string records;
    for (int i = 0; i < 3000; ++i)
      records += "{\"id\":" + std::to_string(i) + ",\"at\":\"2026-01-01T00:00:00Z\",\"note\":\"" +
                 std::string(200, 'x') + "\"}\n";
    f.load("things_1.json", records);
    write_file(f.out("small/things.csv"), "old");
    const Finished full = f.run({"--feed", "things", "--output", f.out("small/things.csv")});
    CHECK(full.exit == 74);
    CHECK_MESSAGE(full.err.find("No space left on device\nhint: free space") != std::string::npos, full.err);
    CHECK(content_of(f.out("small/things.csv")) == "old");
    CHECK(tree(f.out("small")) == Lines{"things.csv"});
    CHECK(f.run({"--feed", "things", "--output", f.out("small/things.csv.zst")}).exit == 0);
  }
}
