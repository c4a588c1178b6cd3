// System calls that fail while the daemon works, one kind after the other: it lives, and each file gets its one outcome.
#include "support/each_store.hpp"
#include "support/injection.hpp"
#include "support/mount.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <filesystem>

using namespace longshore;
using namespace longshore::test;
namespace fs = std::filesystem;

namespace {

// Two small files, a large one, one that is broken.
void drop_four(Pipeline& p, const std::string& label) {
  p.drop(routed(label + "a"), document(label + "a", 3));
  p.drop(routed(label + "b"), document(label + "b", 3));
  p.drop(routed(label + "large"), document(label + "large", 300));
  p.drop(routed(label + "bad"), "[" + event(label + "bad", "2022-06-05T21:02:34Z") + ",oops]");
}

void check_four(Pipeline& p, const std::string& label) {
  CHECK(p.rows("select file_name, status, rows_loaded from ingest_log where file_name like 'objects_detection_" +
               label + "%' order by 1") ==
        std::vector<std::string>{routed(label + "a") + "|loaded|3", routed(label + "b") + "|loaded|3",
                                 routed(label + "bad") + "|failed|0", routed(label + "large") + "|loaded|300"});
}

struct Failing {
  const char* call;
  std::vector<const char*> errors;
};

// Each error in turn: the first call with it fails, then the second and third, in every thread.
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
  TEST_CASE("F30: renames that fail: each file gets its one outcome all the same") {
    const ScratchDirectory directory;
    Pipeline p{sqlite_in(directory)};
    fail_in_turn(p, {{"renameat2", {"ENOSPC", "EACCES", "EIO", "EROFS"}}, {"renameat", {"EIO"}}});
  }

  TEST_CASE("F30 P11: opening and making directories that fails: each file gets its one outcome all the same") {
    const ScratchDirectory directory;
    Pipeline p{sqlite_in(directory)};
    p.config.rescan = 200ms;  // a file that may not be opened is looked at again by a listing
    fail_in_turn(p, {{"mkdirat", {"ENOSPC", "EROFS"}}, {"openat", {"EMFILE", "EACCES", "EIO"}}});
  }

  TEST_CASE("F29 I04: reading that fails: no file is taken for broken or for whole, each gets its one outcome") {
    const ScratchDirectory directory;
    Pipeline p{sqlite_in(directory)};
    p.config.rescan = 200ms;
    fail_in_turn(p, {{"read", {"EIO", "EINTR", "ENOMEM"}}, {"pread64", {"EIO"}}});
  }

  TEST_CASE_ON_EACH_STORE("W06: fsync that fails: each file gets its one outcome all the same") {
    Pipeline p{target};
    fail_in_turn(p, {{"fsync", {"EIO"}}});
  }

  TEST_CASE("F41: a file system that knows no renaming without replacing gets links instead") {
    if (!can_inject())
      return;
    const ScratchDirectory directory;
    Pipeline p{sqlite_in(directory)};
    Running daemon{p};
    const Injection injection{daemon.pid(), {"renameat2:error=EINVAL"}, p.scratch / "strace"};
    drop_four(p, "x");
    CHECK(all_settled(p, 4));
    check_four(p, "x");
    p.drop(routed("xa"), document("another", 2));  // its name is taken in the archive
    CHECK(all_settled(p, 5));
    CHECK(injection.hits() > 0);
    CHECK(p.files("processed").size() == 4);
    CHECK(daemon.stop() == 0);
    p.check_books();
  }
}
