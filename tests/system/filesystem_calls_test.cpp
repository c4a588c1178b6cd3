// System calls fail while the daemon works, one kind after the other: the daemon runs on, and each file gets one outcome.
#include "support/each_store.hpp"
#include "support/injection.hpp"
#include "support/mount.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

using namespace longshore;
using namespace longshore::test;
namespace fs = std::filesystem;

namespace {

// With `recursive`, each of the four files is in a directory of its own.
std::string name_of_four(const Pipeline& p, const std::string& label, const std::string& which) {
  return (p.config.recursive ? which + "/x/" : "") + routed(label + which);
}

// Two small files, a large one and a broken one.
void drop_four(Pipeline& p, const std::string& label) {
  const auto drop = [&](const std::string& which, std::string_view content) {
    const std::string name = name_of_four(p, label, which);
    fs::create_directories(fs::path{landing_path(p, name)}.parent_path());
    p.drop(name, content);
  };
  drop("a", document(label + "a", 3));
  drop("b", document(label + "b", 3));
  drop("large", document(label + "large", 300));
  drop("bad", "[" + event(label + "bad", "2022-06-05T21:02:34Z") + ",oops]");
}

void check_four(Pipeline& p, const std::string& label) {
  auto rows = p.rows("select file_name, status, rows_loaded from ingest_log where file_name like '%objects_detection_" +
                     label + "%'");
  std::ranges::sort(rows);
  CHECK(rows == std::vector<std::string>{
                    name_of_four(p, label, "a") + "|loaded|3", name_of_four(p, label, "b") + "|loaded|3",
                    name_of_four(p, label, "bad") + "|failed|0", name_of_four(p, label, "large") + "|loaded|300"});
}

struct Failing {
  const char* call;
  std::vector<const char*> errors;
};

// For each error: first the first call fails, then the second and third, in every thread.
void fail_in_turn(Pipeline& p, const std::vector<Failing>& table) {
  if (!can_inject())
    return;
  p.config.large_file = 20'000;
  p.config.window_bytes = 10'000;
  p.config.refusals = 10;
  Running daemon{p};
  std::size_t files = 0;
  for (const Failing& failing : table)
    for (const char* error : failing.errors)
      for (const char* when : {"1", "2..3"}) {
        const std::string what = std::string{failing.call} + ":error=" + error + ":when=" + when;
        INFO(what);
        const std::string label = "n" + std::to_string(1000 + files) + "_";
        {
          const Injection injection{daemon.pid(), {what}, p.scratch / "strace"};
          drop_four(p, label);
          REQUIRE(all_settled(p, files += 4));
          CHECK((injection.hits() > 0 || when != std::string_view{"1"}));
        }
        REQUIRE(daemon.is_running());
        check_four(p, label);
      }
  CHECK(daemon.stop() == 0);
  CHECK(p.files("processed").size() == files / 4 * 3);
  CHECK(p.files("failed").size() == files / 4 * 2);
  p.check_books();
}

}  // namespace

TEST_SUITE("system") {
  TEST_CASE_FIXTURE(OnSqlite, "F30: renames fail: each file still gets exactly one outcome") {
    fail_in_turn(p, {{"renameat2", {"ENOSPC", "EACCES", "EIO", "EROFS"}}, {"renameat", {"EIO"}}});
  }

  TEST_CASE_FIXTURE(OnSqlite,
                    "F30 P11: opening and creating directories fails: each file still gets exactly one outcome") {
    p.config.rescan = 200ms;  // only a listing looks again at a file that could not be opened
    fail_in_turn(p, {{"mkdirat", {"ENOSPC", "EROFS"}}, {"openat", {"EMFILE", "EACCES", "EIO"}}});
  }

  TEST_CASE_FIXTURE(OnSqlite,
                    "F29 I04: reading fails: no file counts as broken or complete, each gets exactly one outcome") {
    p.config.rescan = 200ms;
    fail_in_turn(p, {{"read", {"EIO", "EINTR", "ENOMEM"}}, {"pread64", {"EIO"}}});
  }

  TEST_CASE_ON_EACH_STORE("W06: fsync fails: each file still gets exactly one outcome") {
    Pipeline p{target};
    fail_in_turn(p, {{"fsync", {"EIO"}}});
  }

  TEST_CASE_ON_EACH_STORE("W06: fsync fails for files in directories: each still gets exactly one outcome") {
    Pipeline p{target};
    p.config.recursive = true;
    fail_in_turn(p, {{"fsync", {"EIO"}}});
  }

  TEST_CASE("F41: on a file system without RENAME_NOREPLACE, files are moved by link and unlink") {
    if (!can_inject())
      return;
    const ScratchDirectory directory;
    Pipeline p{sqlite_in(directory)};
    Running daemon{p};
    const Injection injection{daemon.pid(), {"renameat2:error=EINVAL"}, p.scratch / "strace"};
    drop_four(p, "x");
    CHECK(all_settled(p, 4));
    check_four(p, "x");
    p.drop(routed("xa"), document("another", 2));  // the archive has a file of this name
    CHECK(all_settled(p, 5));
    CHECK(injection.hits() > 0);
    CHECK(p.files("processed").size() == 4);
    CHECK(daemon.stop() == 0);
    p.check_books();
  }
}
