#include "cli/commands.hpp"
#include "cli/run_program.hpp"
#include "support/places.hpp"
#include "support/scratch_directory.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace longshore;
using test::run_longshore;

namespace {

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a wrong command line exits with 64 and prints the reason and a suggestion") {
  struct Case {
    std::vector<std::string> words;
    std::string err;
  };
  const Case cases[] = {
      {{}, "longshore: no command given\nhint: longshore --help lists the commands\n"},
      {{"chek"}, "longshore: unknown command \"chek\"\nhint: did you mean check\n"},
      {{"--landing", "x"},
       "longshore: unknown command \"--landing\"\nhint: the command comes first: longshore run --landing DIR\n"},
      {{"help", "nothing"}, "longshore: unknown command \"nothing\"\nhint: longshore --help lists the commands\n"},
      {{"log", "--limt", "3"}, "longshore: unknown option --limt\nhint: did you mean --limit\n"},
      {{"log", "--settle", "2s"}, "longshore: unknown option --settle\nhint: longshore log --help lists the options\n"},
      {{"log", "--limit"}, "longshore: option --limit is missing an argument\nhint: longshore log --help\n"},
      {{"log", "--limit", "0"},
       "longshore: --limit: \"0\" is not a whole number from 1 to 9223372036854775807\nhint: for example --limit 50\n"},
      {{"log", "--json=maybe"}, "longshore: argument \"maybe\" failed to parse\nhint: longshore log --help\n"},
      {{"log", "--json=can't"}, "longshore: argument \"can't\" failed to parse\nhint: longshore log --help\n"},
      {{"log", "--status", "faild"},
       "longshore: --status: \"faild\" is not a file status\nhint: did you mean failed\n"},
      {{"log", "--since", "soon"},
       "longshore: --since: \"soon\" is not a time\nhint: give an age (12h, 7d), a date (2026-11-21) or a time (2026-11-21T08:00:00Z)\n"},
      {{"status", "x"}, "longshore: unexpected argument \"x\"\nhint: longshore status --help\n"},
      {{"check"}, "longshore: missing argument FILE...\nhint: longshore check --help\n"},
      {{"check", "/"}, "longshore: \"/\" is not a regular file\nhint: give files: longshore check DIR/*\n"},
      {{"check", "nosuch"}, "longshore: \"nosuch\": No such file or directory\nhint: give existing files\n"},
      {{"check", "--", "--json"}, "longshore: \"--json\": No such file or directory\nhint: give existing files\n"},
      {{"config", "shwo"}, "longshore: unknown action \"shwo\"\nhint: did you mean show\n"},
      {{"config", "show", "--settle", "2"},
       "longshore: --settle: \"2\" is not a duration\nhint: for example 500ms, 2s, 5m, 1h\n"},
      {{"feeds", "vehicle_status"}, "longshore: unknown feed \"vehicle_status\"\nhint: did you mean vehicles_status\n"},
      {{"run", "--wait", "5s"},
       "longshore: --wait needs --once\nhint: without --once the daemon waits for its database without a limit\n"},
      {{"log", "--database", "oracle"},
       "longshore: --database: \"oracle\" is not a database\nhint: sqlite:PATH, postgresql://USER@HOST/DATABASE or "
       "\"host=HOST dbname=DATABASE\"\n"},
  };
  test::ScratchDirectory scratch;
  std::ofstream{scratch / "longshore.toml"} << "# nothing\n";
  for (const Case& c : cases) {
    const auto finished = run_longshore(c.words, {{"LONGSHORE_CONFIG", scratch / "longshore.toml"}});
    CHECK(finished.exit == 64);
    CHECK(finished.err == c.err);
    CHECK(finished.out.empty());
  }
}

TEST_CASE("the help of each command has usage, an example and exit codes") {
  for (const cli::Command* command : cli::commands()) {
    const std::string name{command->name};
    CAPTURE(name);
    const auto help = run_longshore({name, "--help"});
    CHECK(help.exit == 0);
    CHECK(help.err.empty());
    CHECK(help.out.starts_with("usage: longshore " + name));
    CHECK(contains(help.out, "\nexample:\n  longshore "));
    CHECK(contains(help.out, "\nexit codes:\n  0   "));
    CHECK(run_longshore({"help", name}).out == help.out);
    CHECK(contains(run_longshore({"--help"}).out, "\n  " + name + " "));
  }
}

TEST_CASE("the help of run lists every setting with its default") {
  const std::string help = run_longshore({"run", "--help"}).out;
  for (const config::Setting& setting : config::settings()) {
    CAPTURE(setting.key);
    CHECK(contains(help, "  " + config::flag_of(setting)));
    if (!setting.is_of_one_run())
      CHECK(contains(help, "[" + config::default_of(setting) + "]"));
  }
}

TEST_CASE("--help after -- is a file name") { CHECK(run_longshore({"check", "--", "--help"}).exit == 64); }

TEST_CASE("--version prints the version") {
  const auto finished = run_longshore({"--version"});
  CHECK(finished.exit == 0);
  CHECK(finished.out.starts_with("longshore 0."));
}

TEST_CASE("config show prints each value and its origin") {
  test::ScratchDirectory scratch;
  const std::string file = scratch / "longshore.toml";
  std::ofstream{file} << "# site\nlanding = \"/srv/in\"\ndatabase = \"postgresql://u:secret@h/d\"\n";
  std::filesystem::permissions(file, std::filesystem::perms::owner_read);  // it contains a password
  const auto finished =
      run_longshore({"config", "show", "--config", file, "--grace", "1m"}, {{"LONGSHORE_SETTLE", "3s"}});
  CHECK(finished.exit == 0);
  CHECK(finished.err.empty());
  const auto lines = test::tab_lines(finished.out);
  REQUIRE(lines.size() == 1 + config::setting_keys().size());
  CHECK(lines[0] == std::vector<std::string>{"setting", "value", "from"});
  CHECK(lines[1] == std::vector<std::string>{"landing", "/srv/in", file + ":2"});
  CHECK(lines[2] == std::vector<std::string>{"processed", "/srv/processed", "default"});
  CHECK(contains(finished.out, "\nsettle\t3s\tenvironment LONGSHORE_SETTLE\n"));
  CHECK(contains(finished.out, "\ngrace\t1m\tflag --grace\n"));
  CHECK_FALSE(contains(finished.out, "secret"));
}

TEST_CASE("config check reports a wrong setting, a wrong feed and unknown variables") {
  test::ScratchDirectory scratch;
  const std::string file = scratch / "longshore.toml";
  std::ofstream{file} << "feeds = \"feeds.d\"\n";
  const auto absent = run_longshore({"config", "check", "--config", file});
  CHECK(absent.exit == 78);
  CHECK(contains(absent.err, "cannot list the feeds directory"));

  std::filesystem::create_directory(scratch / "feeds.d");
  const auto good = run_longshore({"config", "check", "--config", file}, {{"LONGSHORE_DATABSE", "x"},
                                                                          {"LONGSHORE_FOO", "x"},
                                                                          {"LONGSHORE_SERVICE_HOST", "x"},
                                                                          {"LONGSHORE_PORT", "x"},
                                                                          {"LONGSHORE_PORT_9464_TCP_ADDR", "x"},
                                                                          {"LONGSHORE_NOTICE_KIND", "x"},
                                                                          {"LONGSHORE_TASK", "x"},
                                                                          {"LONGSHORE_TASK_RUN", "7"},
                                                                          {"LONGSHORE_CONFIG", file}});
  CHECK(good.exit == 0);
  CHECK(good.out == "read " + file + "\nthe settings and 2 feeds are valid\n");
  const auto line_count = std::ranges::count(good.err, '\n');
  CHECK_MESSAGE(line_count == 2, good.err);
  CHECK(contains(
      good.err, "longshore: unknown setting in the environment: LONGSHORE_DATABSE; did you mean LONGSHORE_DATABASE\n"));
  CHECK(contains(good.err, "longshore: unknown setting in the environment: LONGSHORE_FOO\n"));

  std::ofstream{scratch / "feeds.d/mine.toml"} << "name = \"mine\"\n";
  const auto feed = run_longshore({"config", "check", "--config", file});
  CHECK(feed.exit == 78);
  CHECK(contains(feed.err, scratch / "feeds.d/mine.toml:"));

  std::ofstream{file} << "\nsetle = \"2s\"\n";
  const auto setting = run_longshore({"config", "check", "--config", file});
  CHECK(setting.exit == 78);
  CHECK(setting.err == "longshore: " + file + ":2: unknown setting \"setle\"\nhint: did you mean settle\n");
}

TEST_CASE("config check reports every fault of tasks, also beside a wrong feed, and prints when tasks run") {
  test::ScratchDirectory scratch;
  const std::string file = scratch / "longshore.toml";
  std::filesystem::create_directory(scratch / "feeds.d");
  std::filesystem::create_directory(scratch / "tasks.d");
  std::ofstream{file} << "feeds = \"feeds.d\"\ntasks = \"tasks.d\"\nenable_tasks = [\"vehicle_daily\"]\n";
  std::ofstream{scratch / "tasks.d/report.toml"}
      << "name = \"report\"\nafter = \"vehicle_daily\"\nevery = \"1d\"\nrun = \"/no/program\"\n";
  const auto faulty = run_longshore({"config", "check", "--config", file});
  const std::string place = "longshore: " + (scratch / "tasks.d/report.toml");
  const std::string program = place + ":4: cannot run \"/no/program\": No such file or directory\n" +
                              "hint: correct the path, or install the program\n";
  CHECK(faulty.exit == 78);
  CHECK(faulty.out.empty());
  CHECK(faulty.err == place + ":1: task \"report\": the name is reserved\nhint: choose another name\n" + program);

  std::ofstream{scratch / "feeds.d/mine.toml"} << "name = \"mine\"\n";
  const auto both = run_longshore({"config", "check", "--config", file});
  CHECK(both.exit == 78);
  CHECK(contains(both.err, scratch / "feeds.d/mine.toml:"));
  CHECK(contains(both.err, program));
  std::filesystem::remove(scratch / "feeds.d/mine.toml");

  std::ofstream{scratch / "tasks.d/report.toml"}
      << "name = \"summary\"\nafter = \"vehicle_daily\"\nevery = \"1d\"\nsql = \"select 1\"\n";
  const auto good = run_longshore({"config", "check", "--config", file});
  CHECK(good.exit == 0);
  CHECK(good.out == "read " + file + "\ntask vehicle_daily (built in) runs after objects_detection\ntask summary (" +
                        (scratch / "tasks.d/report.toml") +
                        ") runs after vehicle_daily, every 1d\nthe settings, 2 feeds and 2 tasks are valid\n");
}

TEST_CASE("the exit code is 74 if standard output is on a full disk") {
  const int status = std::system((test::program() + " --help >/dev/full 2>/dev/null").c_str());
  CHECK(WEXITSTATUS(status) == 74);
}
