#include "tasks/program_run.hpp"

#include "notify/noticing.hpp"
#include "support/eventually.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

using namespace longshore;
using namespace longshore::test;
using tasks::ProgramEnd;
using tasks::ProgramRun;
using tasks::Task;

namespace {

bool never() { return false; }

// A task whose program is a shell script in its own directory.
struct ScriptTask {
  explicit ScriptTask(const std::string& text) {
    write_script(directory / "script", "cd '" + directory.path().string() + "' || exit 1\n" + text);
    task.name = "roll_up";
    task.program = {directory / "script"};
  }

  ProgramRun run(std::vector<std::string> keys = {}) const {
    return {.task = task,
            .run_id = 17,
            .parameters = {},
            .database = store::Target::parse("sqlite:/var/lib/x.db"),
            .environment = {},
            .keys =
                [keys = std::move(keys), next = std::size_t{0}](std::string& out) mutable {
                  if (next < keys.size())
                    out += keys[next++] + '\n';
                  return next < keys.size();
                },
            .timeout = 60s};
  }
  std::string content(const std::string& name) const { return content_of(directory / name); }

  const ScratchDirectory directory;
  Task task;
};

ProgramEnd end_of(const std::string& text) { return run_program(ScriptTask{text}.run(), never); }

}  // namespace

TEST_SUITE("tasks") {
  TEST_CASE("a program gets the keys, its parameters behind its own arguments, and its names in the environment") {
    ScriptTask script{R"(cat > keys; printf '%s|' "$@" > arguments; env > env; echo '{"days": 2}')"};
    script.task.program.insert(script.task.program.end(), {"--to", "/data/a b"});
    ::setenv("PGPASSWORD", "sw0rdfish", 1);
    ::setenv("PGPASSFILE", "/nonexistent", 1);
    ::setenv("LONGSHORE_DATABASE", "postgresql://me:sw0rdfish@db/fleet", 1);
    ProgramRun run = script.run({R"({"day":"2026-01-01"})", R"({"day":"2026-01-02"})"});
    run.parameters = {{"month", "2026-01"}, {"note", "a=b c"}};
    run.database = store::Target::parse("postgresql://me:sw0rdfish@db:5433/fleet?sslmode=require");
    run.database.schema = "landed";
    run.environment = {"LONGSHORE_CONFIG=/srv/longshore.toml"};
    const ProgramEnd end = run_program(run, never);
    ::unsetenv("PGPASSWORD");
    ::unsetenv("PGPASSFILE");
    ::unsetenv("LONGSHORE_DATABASE");

    CHECK(end.succeeded());
    CHECK(end.result == "{\"days\": 2}");
    CHECK(end.log.empty());
    CHECK(script.content("keys") == "{\"day\":\"2026-01-01\"}\n{\"day\":\"2026-01-02\"}\n");
    CHECK(script.content("arguments") == "--to|/data/a b|month=2026-01|note=a=b c|");
    const std::string environment = "\n" + script.content("env");
    for (const char* variable : {"LONGSHORE_TASK=roll_up", "LONGSHORE_TASK_RUN=17", "LONGSHORE_SCHEMA=landed",
                                 "PGPASSFILE=/nonexistent", "LONGSHORE_CONFIG=/srv/longshore.toml",
                                 "LONGSHORE_DATABASE=user=me dbname=fleet host=db port=5433 sslmode=require"})
      CHECK_MESSAGE(environment.find("\n" + std::string{variable} + "\n") != std::string::npos, environment);
    CHECK(environment.find("sw0rdfish") == std::string::npos);
  }

  TEST_CASE("the result is the last line of the output if it is JSON, also of a failed run") {
    CHECK(end_of("echo '{\"rows\": 1}'; echo; echo").result == "{\"rows\": 1}");
    CHECK(end_of("echo '  [1, 2.5e300] '").result == "  [1, 2.5e300]");
    CHECK(end_of("echo '{\"rows\": 1}'; echo done").result.empty());
    CHECK(end_of("echo '{\"rows\": 1} trailing'").result.empty());
    CHECK(end_of("printf '{}\\0x'").result.empty());
    CHECK(end_of("printf '\"\\377\"'").result.empty());
    CHECK(end_of("printf '\"'; head -c 70000 /dev/zero | tr '\\0' x; printf '\"'").result.empty());
    const ProgramEnd failed = end_of("echo '[1]'; exit 2");
    CHECK(failed.result == "[1]");
    CHECK(failed.error == "exit code 2");
  }

  TEST_CASE("the error of a failed run is how it ended, and the last line of its standard error") {
    CHECK(end_of("echo one >&2; printf 'no route to \\033[1mhost\\n\\n' >&2; exit 75").error ==
          "exit code 75: no route to \\x1b[1mhost");
    CHECK(end_of("kill -11 $$").error == "killed by signal 11");
    CHECK(end_of("head -c 5000 /dev/zero | tr '\\0' x >&2; exit 1").error == "exit code 1: " + std::string(1000, 'x'));
    CHECK(end_of("echo first >&2; echo 'unknown feed' >&2; echo 'hint: longshore feeds' >&2; exit 64").error ==
          "exit code 64: unknown feed; hint: longshore feeds");
    CHECK(end_of("echo 'hint: none' >&2; exit 64").error == "exit code 64: hint: none");
    CHECK(end_of("echo a warning >&2").error.empty());
  }

  TEST_CASE("of a megabyte of standard error the last 64 KiB are kept, as lines of printable text") {
    const ProgramEnd end = end_of("i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); "
                                  "printf '\\303\\251 line %06d \\377\\t\\000 %030d\\r\\n' $i 0; done >&2");
    CHECK(end.succeeded());
    CHECK(end.log.size() <= tasks::k_program_output);
    CHECK(end.log.size() > tasks::k_program_output - 200);
    CHECK(end.log.ends_with("\n\xC3\xA9 line 020000 \\xff\t\\x00 " + std::string(30, '0') + "\n"));
  }

  TEST_CASE("a program that cannot be started is a failed run that says what to do") {
    ScriptTask script{""};
    const auto error = [&](const std::string& path) {
      script.task.program = {path};
      return run_program(script.run({"{}"}), never).error;
    };
    const std::string missing = script.directory / "missing";
    CHECK(error(missing) == "cannot start \"" + missing + "\": No such file or directory");
    const std::string plain = script.directory / "plain";
    std::ofstream{plain} << "#!/nonexistent/shell\n";
    CHECK(error(plain) ==
          "cannot start \"" + plain +
              "\": Permission denied (hint: chmod +x, and a file system that is not mounted with noexec)");
    std::filesystem::permissions(plain, std::filesystem::perms::owner_all);
    CHECK(error(plain) == "cannot start \"" + plain +
                              "\": No such file or directory (hint: the interpreter that its first line names is "
                              "missing)");
  }

  TEST_CASE("a run ends at its timeout, and when it is cancelled, though its program exits with 0 then") {
    ScriptTask script{"trap 'echo cleaned up >&2; exit 0' TERM; echo up > up; while :; do sleep 0.05; done"};
    const ProgramEnd cancelled = run_program(script.run(), [&] { return !script.content("up").empty(); });
    CHECK(cancelled.is_cancelled);
    CHECK(cancelled.error == "cancelled: cleaned up");

    ScriptTask slow{"exec sleep 1000"};
    ProgramRun run = slow.run();
    run.timeout = 2s;
    const ProgramEnd late = run_program(run, never);
    CHECK_FALSE(late.is_cancelled);
    CHECK(late.error == "stopped after its timeout of 2 s");
  }
}
