#include "config/load.hpp"

#include "base/error.hpp"
#include "support/scratch_directory.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>

using namespace longshore;
using namespace longshore::config;
using namespace std::chrono_literals;

namespace {

// A settings directory for one test, instead of /etc/longshore.
class Settings {
 public:
  Settings() { std::filesystem::create_directory(m_scratch / "conf.d"); }

  std::string file() const { return m_scratch / "longshore.toml"; }
  std::string place(const std::string& name) const { return m_scratch / name; }
  void write(const std::string& text, const std::string& name = "longshore.toml") const {
    std::ofstream{m_scratch / name} << text;
  }
  Sources sources(std::map<std::string, std::string> environment = {},
                  std::map<std::string, std::string, std::less<>> flags = {}) const {
    Sources sources;
    sources.file = file();
    sources.environment = [environment =
                               std::move(environment)](const std::string& name) -> std::optional<std::string> {
      const auto found = environment.find(name);
      return found == environment.end() ? std::nullopt : std::optional{found->second};
    };
    sources.flags = std::move(flags);
    return sources;
  }

 private:
  test::ScratchDirectory m_scratch;
};

Effective effective(const Loaded& loaded, std::string_view key) {
  return *std::ranges::find_if(loaded.effective, [&](const Effective& e) { return e.setting->key == key; });
}

Error error_of(const Sources& sources) {
  try {
    load(sources);
  } catch (const Error& error) {
    return error;
  }
  FAIL("the settings were taken");
  return {Fault::fatal, ""};
}

}  // namespace

TEST_CASE("without any source the defaults apply, derived from landing and the host") {
  const Settings settings;
  const Loaded loaded = load(settings.sources());
  CHECK(loaded.config.landing == "/var/lib/longshore/landing");
  CHECK(loaded.config.processed == "/var/lib/longshore/processed");
  CHECK(loaded.config.failed == "/var/lib/longshore/failed");
  CHECK(loaded.config.work == "/var/lib/longshore/landing/.work");
  CHECK(loaded.config.database == "sqlite:/var/lib/longshore/longshore.db");
  CHECK_FALSE(loaded.config.instance.empty());
  CHECK(loaded.config.loaders == 1);
  CHECK(loaded.config.settle == 2s);
  CHECK(loaded.config.large_file == 4'194'304);
  CHECK(loaded.files.empty());
  CHECK(effective(loaded, "landing").origin == "default");
}

TEST_CASE("an age of housekeeping is off by default, has units of hours or days, and refuses minutes") {
  const Settings settings;
  CHECK(load(settings.sources()).config.keep_processed == 0s);
  CHECK(effective(load(settings.sources()), "keep_processed").value == "off");
  settings.write("keep_processed = \"30d\"\ncompress_processed = \"off\"\n");
  const Loaded loaded = load(settings.sources());
  CHECK(loaded.config.keep_processed == std::chrono::hours{24 * 30});
  CHECK(loaded.config.compress_processed == 0s);
  CHECK(effective(loaded, "keep_processed").value == "30d");
  settings.write("keep_processed = \"30m\"\n");
  const Error error = error_of(settings.sources());
  CHECK(std::string{error.what()}.ends_with(":1: keep_processed: \"30m\" means minutes"));
  CHECK(error.hint() == "give days, hours or seconds: 30d, 12h, 1800s");
  settings.write("keep_failed = \"0\"\n");
  CHECK(std::string{error_of(settings.sources()).what()}.ends_with("\"0\" is out of range"));
}

TEST_CASE("later sources override earlier ones: file, conf.d sorted by name, environment, flags") {
  const Settings settings;
  settings.write("settle = \"1s\"\ngrace = \"1s\"\nrescan = \"1s\"\nclose_delay = \"1s\"\nmax_depth = 10\n");
  settings.write("settle = \"2s\"\ngrace = \"2s\"\nrescan = \"2s\"\nclose_delay = \"2s\"\n", "conf.d/10-site.toml");
  settings.write("\nsettle = \"3s\"\ngrace = \"3s\"\nrescan = \"3s\"\n", "conf.d/20-host.toml");
  settings.write("max_depth = 99\n", "conf.d/ignored.txt");
  const Loaded loaded =
      load(settings.sources({{"LONGSHORE_SETTLE", "4s"}, {"LONGSHORE_GRACE", "4s"}}, {{"settle", "5s"}}));
  CHECK(loaded.config.settle == 5s);
  CHECK(loaded.config.grace == 4s);
  CHECK(loaded.config.rescan == 3s);
  CHECK(loaded.config.close_delay == 2s);
  CHECK(loaded.config.max_depth == 10);
  CHECK(effective(loaded, "settle").origin == "flag --settle");
  CHECK(effective(loaded, "grace").origin == "environment LONGSHORE_GRACE");
  CHECK(effective(loaded, "rescan").origin == settings.place("conf.d/20-host.toml:4"));
  CHECK(effective(loaded, "close_delay").origin == settings.place("conf.d/10-site.toml:4"));
  CHECK(effective(loaded, "max_depth").origin == settings.file() + ":5");
  CHECK(loaded.files.size() == 3);
}

TEST_CASE("every setting is accepted from a file, the environment and a flag, in the form that is shown") {
  const Settings settings;
  const Loaded defaults = load(settings.sources());
  for (const Effective& value : defaults.effective) {
    CAPTURE(value.setting->key);
    const std::string key{value.setting->key};
    CHECK(load(settings.sources({{environment_of(*value.setting), value.value}})).effective.size() ==
          defaults.effective.size());
    CHECK(load(settings.sources({}, {{key, value.value}})).effective.size() == defaults.effective.size());
    const bool is_bare = value.setting->kind == Kind::count || value.setting->kind == Kind::yes;
    settings.write(key + " = " + (is_bare ? value.value : '"' + value.value + '"') + "\n");
    CHECK(effective(load(settings.sources()), key).value == value.value);
    settings.write("");
  }
}

TEST_CASE("a setting that is on or off is a boolean in a file, and a flag without a value") {
  const Settings settings;
  CHECK(!load(settings.sources()).config.recursive);
  CHECK(load(settings.sources({}, {{"recursive", ""}})).config.recursive);
  settings.write("recursive = true\n");
  CHECK(load(settings.sources()).config.recursive);
  CHECK(!load(settings.sources({{"LONGSHORE_RECURSIVE", "false"}})).config.recursive);
  CHECK_THROWS_AS(load(settings.sources({{"LONGSHORE_RECURSIVE", "yes"}})), Error);
  settings.write("recursive = \"true\"\n");
  CHECK_THROWS_WITH_AS(load(settings.sources()), (settings.file() + ":1: recursive is a string, not a boolean").c_str(),
                       Error);
}

TEST_CASE("a list of names is a list in a file, and separated by commas elsewhere") {
  const Settings settings;
  settings.write("disable_feeds = [\"objects_detection\", \"vehicles_status\"]\n");
  CHECK(load(settings.sources()).config.disable_feeds == "objects_detection,vehicles_status");
  CHECK(load(settings.sources({}, {{"disable_feeds", "a, b c"}})).config.disable_feeds == "a,b,c");
  settings.write("disable_feeds = []\n");
  CHECK(load(settings.sources({{"LONGSHORE_DISABLE_FEEDS", "doors"}})).config.disable_feeds == "doors");
  CHECK(load(settings.sources()).config.disable_feeds.empty());
  settings.write("ignore = [\"*.md5\", \"a?b\"]\n");
  CHECK(load(settings.sources()).config.ignore == "*.md5,a?b");
  settings.write("ignore = [\"/sub/*.md5\"]\n");
  CHECK_THROWS_WITH_AS(load(settings.sources()),
                       (settings.file() + ":1: ignore: \"/sub/*.md5\" begins or ends with a slash").c_str(), Error);
  settings.write("disable_feeds = [1]\n");
  CHECK_THROWS_WITH_AS(load(settings.sources()),
                       (settings.file() + ":1: disable_feeds is a list, not a list of names").c_str(), Error);
  settings.write("disable_feeds = [\"Doors\"]\n");
  CHECK_THROWS_WITH_AS(load(settings.sources()),
                       (settings.file() + ":1: disable_feeds: \"Doors\" is not the name of a feed").c_str(), Error);
}

TEST_CASE("processed, failed and work follow landing unless they are given") {
  const Settings settings;
  const Config config = load(settings.sources({}, {{"landing", "/srv/in/"}, {"failed", "/srv/bad"}})).config;
  CHECK(config.landing == "/srv/in");
  CHECK(config.processed == "/srv/processed");
  CHECK(config.failed == "/srv/bad");
  CHECK(config.work == "/srv/in/.work");
}

TEST_CASE("a relative path starts at the directory of its file, or at the current directory") {
  const Settings settings;
  settings.write("landing = \"in\"\ndatabase = \"sqlite:data.db\"\n");
  const Config config = load(settings.sources({}, {{"feeds", "./feeds"}})).config;
  CHECK(config.landing == settings.place("in"));
  CHECK(config.database == "sqlite:" + settings.place("data.db"));
  CHECK(config.feeds == std::filesystem::current_path() / "feeds");
}

TEST_CASE("a schema is for PostgreSQL, and has a name that PostgreSQL keeps as it is") {
  const Settings settings;
  const std::string postgres = "host=db dbname=fleet";
  CHECK(load(settings.sources()).config.schema == "off");
  for (const std::string name : {"fleet", "My \"odd\", schema", "off"})
    CHECK(load(settings.sources({{"LONGSHORE_DATABASE", postgres}}, {{"schema", name}})).config.schema == name);
  for (const std::string& name : {std::string{"pg_temp"}, std::string{"$user"}, std::string(64, 'a')})
    CHECK_THROWS_WITH_AS(load(settings.sources({{"LONGSHORE_DATABASE", postgres}, {"LONGSHORE_SCHEMA", name}})),
                         ("LONGSHORE_SCHEMA: \"" + name + "\" cannot be longshore's schema").c_str(), Error);

  settings.write("schema = \"fleet\"\n");
  CHECK_THROWS_WITH_AS(load(settings.sources()),
                       (settings.file() + ":1: schema: an SQLite database has no schemas").c_str(), Error);
  CHECK(load(settings.sources({}, {{"schema", "off"}})).config.schema == "off");
}

TEST_CASE("SQLite always has one loader, PostgreSQL the number that is set") {
  const Settings settings;
  const Loaded sqlite = load(settings.sources({}, {{"loaders", "4"}}));
  CHECK(sqlite.config.loaders == 1);
  CHECK(effective(sqlite, "loaders").origin == "SQLite has one writer, overrides flag --loaders");
  CHECK(load(settings.sources({}, {{"loaders", "4"}, {"database", "postgresql://h/d"}})).config.loaders == 4);
  CHECK(load(settings.sources({}, {{"database", "postgresql://h/d"}})).config.loaders >= 2);
}

TEST_CASE("a password is not shown") {
  const Settings settings;
  const Loaded loaded = load(settings.sources({{"LONGSHORE_DATABASE", "postgresql://u:geheim@h/d"}}));
  CHECK(loaded.config.database == "postgresql://u:geheim@h/d");
  CHECK(effective(loaded, "database").value.find("geheim") == std::string::npos);
}

TEST_CASE("an empty variable counts as not set") {
  const Settings settings;
  CHECK(load(settings.sources({{"LONGSHORE_SETTLE", ""}})).config.settle == 2s);
}

TEST_CASE("P15: a settings file that the user names must exist") {
  const Settings settings;
  Sources sources = settings.sources();
  sources.file_is_named = true;
  const Error error = error_of(sources);
  CHECK(error.what() == settings.file() + ": cannot be read: No such file or directory");
  CHECK(error.exit() == Exit::config);
}

TEST_CASE("P15: a fault in a file is reported with its line and a remedy") {
  struct Case {
    const char* text;
    const char* what;  // after the file's name
    const char* hint;
  };
  static constexpr Case k_cases[] = {
      {"settle = \"1s\"\ndatabse = \"x\"\n", ":2: unknown setting \"databse\"", "did you mean database"},
      {"zebra = 1\n", ":1: unknown setting \"zebra\"", "`longshore config show` lists the settings"},
      {"\n\nonce = true\n", ":3: unknown setting \"once\"",
       "it is not a setting, only a flag of `longshore run`: --once"},
      {"[landing]\nx = 1\n", ":1: landing is a table, not a string", "for example landing = \"/srv/landing\""},
      {"landing = 7\n", ":1: landing is a whole number, not a string", "for example landing = \"/srv/landing\""},
      {"settle = 2\n", ":1: settle is a whole number, not a duration", "for example settle = \"2s\""},
      {"settle = \"2\"\n", ":1: settle: \"2\" is not a duration", "for example 500ms, 2s, 5m, 1h"},
      {"grace = \"400d\"\n", ":1: grace: \"400d\" is out of range", "from 0ms to 1d"},
      {"rescan = \"1ms\"\n", ":1: rescan: \"1ms\" is out of range", "from 100ms to 1d"},
      {"loaders = \"4\"\n", ":1: loaders is a string, not a whole number", "for example loaders = 4"},
      {"loaders = 0\n", ":1: loaders: \"0\" is out of range", "from 1 to 256"},
      {"loaders = -1\n", ":1: loaders: \"-1\" is not a whole number", "for example 4"},
      {"loaders = 2.5\n", ":1: loaders is a number with a fraction, not a whole number", "for example loaders = 4"},
      {"window_bytes = \"8 miles\"\n", ":1: window_bytes: \"8 miles\" is not a size",
       "for example 4MiB, 64kB, 10GB, or a number of bytes"},
      {"migrate = \"chek\"\n", ":1: migrate: \"chek\" is not one of auto|check", "did you mean check"},
      {"log_level = \"loud\"\n", ":1: log_level: \"loud\" is not one of error|warn|info|debug|trace|off",
       "choose one of them"},
      {"landing = \"\"\n", ":1: landing: is empty", "remove it for the default, /var/lib/longshore/landing"},
      {"instance = \"a/b\"\n", ":1: instance: \"a/b\" cannot name a directory",
       "at most 200 bytes, no slash, no leading dot"},
      {"\ndatabase = \"oracle\"\n", ":2: database: \"oracle\" is not a database",
       "sqlite:PATH, postgresql://USER@HOST/DATABASE or \"host=HOST dbname=DATABASE\""},
      {"landing = \"/a\"\n\nfailed = \"/a\"\n", ":3: failed: landing and failed are the same directory: /a",
       "use four different directories: the directory of a file is its state"},
      {"retry_first = \"5m\"\n", ":1: retry_first: retry_first 5m is longer than retry_last 1m",
       "raise retry_last, or lower retry_first"},
      {"metrics_listen = \"localhost:9464\"\n", ":1: metrics_listen: \"localhost:9464\" is not an address to listen on",
       "for example 127.0.0.1:9464, [::1]:9464, :9464 for all addresses, or off"},
      {"metrics_textfile = \"longshore.txt\"\n",
       ":1: metrics_textfile: \"longshore.txt\" is not the name of a textfile",
       "node_exporter reads *.prom: for example /var/lib/prometheus/node-exporter/longshore.prom, or off"},
  };
  for (const Case& c : k_cases) {
    const Settings settings;
    settings.write(c.text);
    const Error error = error_of(settings.sources());
    CHECK(std::string{error.what()} == settings.file() + c.what);
    CHECK(error.hint() == c.hint);
    CHECK(error.exit() == Exit::config);
    CHECK(error.fault() == Fault::fatal);
  }
}

TEST_CASE("the first of several faults in a file is reported") {
  const Settings settings;
  settings.write("zzz = 1\naaa = 2\n");
  CHECK(std::string{error_of(settings.sources()).what()}.ends_with(":1: unknown setting \"zzz\""));
}

TEST_CASE("a file that is not TOML is refused with its line") {
  const Settings settings;
  settings.write("settle = \"1s\"\ngrace = = 2\n");
  const Error error = error_of(settings.sources());
  CHECK(std::string{error.what()}.starts_with(settings.file() + ":2: "));
  CHECK(error.exit() == Exit::config);
}

TEST_CASE("a fault names its variable or flag") {
  const Settings settings;
  const Error variable = error_of(settings.sources({{"LONGSHORE_MAX_DEPTH", "deep"}}));
  CHECK(std::string{variable.what()} == "LONGSHORE_MAX_DEPTH: \"deep\" is not a whole number");
  CHECK(variable.exit() == Exit::config);
  const Error flag = error_of(settings.sources({}, {{"max_depth", "deep"}}));
  CHECK(std::string{flag.what()} == "--max-depth: \"deep\" is not a whole number");
  CHECK(flag.exit() == Exit::usage);
}

TEST_CASE(
    "notify_command is relative to its settings file, can be off, and causes a warning if the program does not exist") {
  const Settings settings;
  CHECK(load(settings.sources()).config.notify_command == "off");
  settings.write("notify_command = \"tell\"\nnotify_rejects = 7\n");
  const Loaded loaded = load(settings.sources());
  CHECK(loaded.config.notify_command == settings.place("tell"));
  CHECK(loaded.config.notify_rejects == "7");
  REQUIRE(loaded.warnings.size() == 1);
  CHECK(loaded.warnings[0] == "cannot run notify_command: " + settings.place("tell") + ": No such file or directory");
  const Loaded none = load(settings.sources({{"LONGSHORE_NOTIFY_COMMAND", "off"}}));
  CHECK(none.config.notify_command == "off");
  CHECK(none.warnings.empty());
  settings.write("notify_rejects = \"some\"\n");
  CHECK(std::string{error_of(settings.sources()).what()} ==
        settings.file() + ":1: notify_rejects: \"some\" is not a limit");
}

TEST_CASE("metrics are off by default, can be set, and can be switched off again") {
  const Settings settings;
  CHECK(load(settings.sources()).config.metrics_listen == "off");
  settings.write("metrics_listen = \":9464\"\nmetrics_textfile = \"metrics/longshore.prom\"\n");
  const Loaded set = load(settings.sources());
  CHECK(set.config.metrics_listen == ":9464");
  CHECK(set.config.metrics_textfile == settings.place("metrics/longshore.prom"));
  const Loaded off = load(settings.sources({{"LONGSHORE_METRICS_LISTEN", "off"}}, {{"metrics_textfile", "off"}}));
  CHECK(off.config.metrics_listen == "off");
  CHECK(off.config.metrics_textfile == "off");
}

TEST_CASE("the database of tasks is `database`, unless another role is given") {
  const Settings settings;
  CHECK(load(settings.sources()).config.task_database == "sqlite:/var/lib/longshore/longshore.db");
  settings.write("database = \"postgresql://longshore@db/fleet\"\n"
                 "task_database = \"postgresql://tasks:secret@db/fleet\"\n");
  std::filesystem::permissions(settings.file(),
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  const Loaded loaded = load(settings.sources());
  CHECK(loaded.config.task_database == "postgresql://tasks:secret@db/fleet");
  CHECK(effective(loaded, "task_database").value.find("secret") == std::string::npos);
  std::filesystem::permissions(settings.file(), std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  CHECK(std::string{error_of(settings.sources()).what()} ==
        settings.file() + ":2: task_database contains a password, and every user may read this file");
}

TEST_CASE("a database of tasks that is another one is refused, unless a flag names only the database") {
  const Settings settings;
  settings.write("database = \"sqlite:a.db\"\ntask_database = \"sqlite:b.db\"\n");
  const std::string text = ":2: task_database: is another database than `database`, whose tables the tasks use";
  CHECK(error_of(settings.sources()).what() == settings.file() + text);
  settings.write("database = \"sqlite:a.db\"\ntask_database = \"postgresql://db/fleet\"\n");
  CHECK(error_of(settings.sources()).what() == settings.file() + text);
  settings.write("database = \"sqlite:a.db\"\ntask_database = \"sqlite:./a.db\"\n");
  CHECK(load(settings.sources()).config.task_database == "sqlite:" + settings.place("a.db"));

  const Loaded flag = load(settings.sources({}, {{"database", "sqlite:/tmp/copy.db"}}));
  CHECK(flag.config.task_database == "sqlite:/tmp/copy.db");
  CHECK(effective(flag, "task_database").origin == "default");
  const Loaded both = load(settings.sources(
      {{"LONGSHORE_DATABASE", "postgresql://db/fleet"}, {"LONGSHORE_TASK_DATABASE", "postgresql://tasks@db/fleet"}}));
  CHECK(both.config.task_database == "postgresql://tasks@db/fleet");
}
