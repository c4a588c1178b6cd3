// Units, completion and man pages, checked without installing them. packaging/test-package checks an installed package.
#include "base/error.hpp"
#include "base/units.hpp"
#include "cli/commands.hpp"
#include "config/config.hpp"
#include "feed/feed.hpp"
#include "support/places.hpp"
#include "support/scratch_directory.hpp"
#include "support/script.hpp"
#include "support/skip.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

using namespace longshore;
using namespace longshore::test;

namespace fs = std::filesystem;

namespace {

std::string text_of(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

bool can_run(const std::string& tool) {
  const bool can = run_script("command -v " + tool).exit == 0;
  if (!can)
    skip_case(tool + " is not installed");
  return can;
}

// Writes the units into lib, as they are installed, but for the binary of this build.
void make_units(const fs::path& lib) {
  const ScriptRun made =
      run_script("cmake -DUNITS='" + source("systemd") + "' -DBINDIR='" + fs::path{program()}.parent_path().string() +
                 "' -DOUTPUT='" + lib.string() + "' -P '" + source("cmake/units.cmake") + "'");
  REQUIRE_MESSAGE(made.exit == 0, made.output);
}

// The value of the only line NAME=… of a unit.
std::string directive(const std::string& unit, const std::string& name) {
  const auto at = unit.find("\n" + name + "=");
  REQUIRE_MESSAGE(at != std::string::npos, name);
  const auto begin = at + name.size() + 2;
  return unit.substr(begin, unit.find('\n', begin) - begin);
}

std::set<std::string> lines(const std::string& text) {
  std::istringstream stream{text};
  std::set<std::string> all;
  for (std::string line; std::getline(stream, line);)
    all.insert(line);
  return all;
}

std::set<std::string> options_of(const cli::Command& command) {
  std::set<std::string> all = {"--help"};
  for (const cli::Flag& flag : command.flags)
    all.insert("--" + std::string{flag.name});
  for (const std::string_view key : command.settings)
    all.insert(config::flag_of(*config::find_setting(key)));
  if (!command.settings.empty())
    all.insert("--config");
  return all;
}

// What bash offers for the last of these words after "longshore".
std::set<std::string> completed(const std::string& words) {
  const ScriptRun run =
      run_script("bash -c 'source \"" + source("completions/longshore") + "\"; COMP_WORDS=(\"" + program() + "\" " +
                 words + "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _longshore \"" + program() +
                 "\" \"${COMP_WORDS[-1]}\" \"${COMP_WORDS[-2]}\"; printf \"%s\\n\" \"${COMPREPLY[@]}\"'");
  CHECK_MESSAGE(run.exit == 0, run.output);
  return lines(run.output);
}

std::string filled_page(const std::string& page) {
  const ScriptRun run =
      run_script("'" + source("docs/man/fill.py") + "' '" + program() + "' '" + source("docs/man/" + page) + "'");
  CHECK_MESSAGE(run.exit == 0, run.output);
  return run.output;
}

// Escaped for scdoc.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text)
    out += c == '_' ? std::string{"\\_"} : std::string{c};
  return out;
}

}  // namespace

TEST_SUITE("system") {
  TEST_CASE("systemd accepts the units, and their sandbox is as strict as intended") {
    if (!can_run("systemd-analyze"))
      return;
    const ScratchDirectory scratch;
    make_units(scratch.path());
    const std::string units = scratch / "systemd/system/";
    const ScriptRun verified =
        run_script("cd '" + units + "' && systemd-analyze verify --man=no longshore.service longshore@.service " +
                   "longshore-once.service longshore-once.timer");
    CHECK_MESSAGE(verified.exit == 0, verified.output);
    CHECK_MESSAGE(!contains(verified.output, "longshore"), verified.output);  // warnings do not change the exit code
    for (const std::string unit : {"longshore.service", "longshore@.service", "longshore-once.service"}) {
      const ScriptRun judged =
          run_script("systemd-analyze security --offline=true --threshold=13 '" + units + unit + "'");
      CHECK_MESSAGE(judged.exit == 0, judged.output);
      // with StateDirectory= systemd would reset modes and owners
      const std::string text = text_of(units + unit);
      CHECK(!contains(text, "\nStateDirectory="));
      const std::string state = unit == "longshore@.service" ? "/var/lib/longshore/%i" : "/var/lib/longshore";
      CHECK(directive(text, "ReadWritePaths") == "-" + state);
      CHECK(directive(text, "RequiresMountsFor") == state);
    }
  }

  TEST_CASE("the unit has the daemon's exit codes and leaves it enough time to stop") {
    const ScratchDirectory scratch;
    make_units(scratch.path());
    const std::string unit = text_of(scratch / "systemd/system/longshore.service");
    const auto code = [](Exit exit) { return std::to_string(static_cast<int>(exit)); };
    CHECK(directive(unit, "RestartPreventExitStatus") ==
          code(Exit::usage) + " " + code(Exit::no_permission) + " " + code(Exit::config));
    CHECK(directive(text_of(scratch / "systemd/system/longshore-once.service"), "SuccessExitStatus") ==
          code(Exit::left_over));
    const auto stop = parse_duration(directive(unit, "TimeoutStopSec"));
    REQUIRE(stop);
    CHECK(*stop > config::Config{}.stop_timeout);
    CHECK(directive(unit, "ExecStart") == program() + " run");
  }

  TEST_CASE("the package creates the directories and groups that the daemon expects") {
    if (::geteuid() != 0)
      SKIP("only root can create the package's user and directories");
    if (!can_run("systemd-tmpfiles") || !can_run("systemd-sysusers"))
      return;
    const ScratchDirectory scratch;
    make_units(scratch / "usr/lib");
    fs::create_directories(scratch / "etc");
    const ScriptRun made = run_script("systemd-sysusers --root='" + scratch.path().string() +
                                      "' longshore.conf && systemd-tmpfiles --root='" + scratch.path().string() +
                                      "' --create longshore.conf");
    REQUIRE_MESSAGE(made.exit == 0, made.output);
    struct stat st {};
    const std::string landing = scratch.path().string() + config::Config{}.landing;
    REQUIRE(::stat(landing.c_str(), &st) == 0);
    CHECK((st.st_mode & 07777) == 02770);
    CHECK(contains(text_of(scratch / "etc/group"), "longshore-upload:x:" + std::to_string(st.st_gid) + ":longshore\n"));
    CHECK(contains(text_of(scratch / "etc/passwd"), "longshore:x:" + std::to_string(st.st_uid) + ":"));
  }

  TEST_CASE("bash completes all commands, options and values of options") {
    std::set<std::string> names = {"--help", "--version", "help"};
    for (const cli::Command* command : cli::commands()) {
      CAPTURE(command->name);
      names.emplace(command->name);
      CHECK(completed(std::string{command->name} + " --") == options_of(*command));
    }
    CHECK(completed("\"\"") == names);
    CHECK(completed("re") == std::set<std::string>{"rejects", "release", "replay", "retry"});
    CHECK(completed("run --migrate \"\"") == std::set<std::string>{"auto", "check"});
    CHECK(completed("run --log-level de") == std::set<std::string>{"debug"});
    CHECK(completed("log --feed v") == std::set<std::string>{"vehicles_status"});
    CHECK(completed("config \"\"") == std::set<std::string>{"check", "example", "show"});
    CHECK(completed("run --landing /us") == std::set<std::string>{"/usr"});
    CHECK(completed("log --limit \"\"") == std::set<std::string>{""});
  }

  TEST_CASE("the man pages contain every command, option, exit code, setting and member of a feed") {
    if (!can_run("python3"))
      return;
    const std::string page = filled_page("longshore.1.scd");
    for (const cli::Command* command : cli::commands()) {
      CAPTURE(command->name);
      const auto begin = page.find("\n## " + std::string{command->name} + "\n");
      REQUIRE(begin != std::string::npos);
      std::string section = page.substr(begin, page.find("\n#", begin + 4) - begin);
      std::ranges::replace(section, '\n', ' ');  // independent of line breaks
      for (const std::string& option : options_of(*command))
        CHECK_MESSAGE((option == "--help" || contains(section, "*" + option + "*")), option);
      for (const std::string& line : lines(std::string{command->exits}))
        CHECK_MESSAGE(contains(section, "*" + line.substr(0, line.find(' ')) + "* "), line);
    }
    for (const int code : {0, 64, 65, 69, 70, 73, 74, 75, 77, 78})
      CHECK_MESSAGE(contains(page, "\n*" + std::to_string(code) + "*\n\t"), code);

    const std::string settings = filled_page("longshore.toml.5.scd");
    for (const std::string_view key : config::setting_keys())
      CHECK_MESSAGE(contains(settings, "\n*" + escaped(key) + "* = "), key);

    const std::string feed = filled_page("longshore-feed.5.scd");
    for (const char* wrong : {"nosuch = 1", "name = 'f'\nfiles = ['f']\nrecords = ['']\ntable = 't'\nkey = ['c']\n"
                                            "columns = [{ nosuch = 1 }]"}) {
      std::string hint;
      try {
        parse_feed(wrong, "feed");
      } catch (const Error& error) {
        hint = error.hint();
      }
      REQUIRE(hint.starts_with("valid keys: "));
      std::istringstream words{hint.substr(12)};
      for (std::string word; words >> word;)
        CHECK_MESSAGE(contains(feed, "*" + escaped(word) + "*"), word);
    }
  }

  TEST_CASE("scdoc accepts the man pages") {
    if (!can_run("python3") || !can_run("scdoc"))
      return;
    const ScratchDirectory scratch;
    for (const auto& entry : fs::directory_iterator{source("docs/man")}) {
      if (entry.path().extension() != ".scd")
        continue;
      std::ofstream{scratch / "page"} << filled_page(entry.path().filename());
      const ScriptRun run = run_script("scdoc <'" + (scratch / "page") + "' >/dev/null");
      CHECK_MESSAGE(run.exit == 0, entry.path().string(), ": ", run.output);
    }
  }
}
