// A writer changes a file through an open descriptor while the daemon reads it. Injected delays make the reading slow enough.
#include "base/digest.hpp"
#include "base/fd.hpp"
#include "support/compressed.hpp"
#include "support/each_store.hpp"
#include "support/injection.hpp"
#include "system/running.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <functional>

#include <fcntl.h>
#include <unistd.h>

using namespace longshore;
using namespace longshore::test;

namespace {

// The file is claimed with the content `before` while a writer has it open. When the daemon reads it, `change` changes it.
void change_while_it_is_read(Pipeline& p, const std::string& before, const std::function<void(int)>& change,
                             const std::string& after) {
  if (!can_inject())
    return;
  p.config.large_file = 100'000;
  p.config.open_grace = 0ms;
  Running daemon{p};
  {
    const std::string hidden = landing_path(p, ".upload");
    const Fd writer{::open(hidden.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)};
    write_all(writer.get(), before, hidden);
    const Injection slow{daemon.pid(), {"read:delay_enter=30000"}, p.scratch / "strace"};
    std::filesystem::rename(hidden, landing_path(p, routed("1")));
    REQUIRE(daemon.wait_for_log("loading"));
    change(writer.get());
  }
  CHECK(all_settled(p, 1));
  CHECK(daemon.stop() == 0);
  CHECK(p.rows("select status, sha256 from ingest_log") == std::vector<std::string>{"loaded|" + Sha256::of(after)});
  CHECK(p.one("select count(distinct vehicle_id) from detection_events") == "1");
  p.check_books();
}

void write_over(int file, const std::string& content) {
  CHECK(::pwrite(file, content.data(), content.size(), 0) == static_cast<ssize_t>(content.size()));
}

}  // namespace

TEST_SUITE("system") {
  TEST_CASE_FIXTURE(OnSqlite, "F06: a file that is rewritten in place while it is read is loaded as one version") {
    const std::string after = document("after1", 10'000);
    change_while_it_is_read(
        p, document("before", 10'000), [&](int file) { write_over(file, after); }, after);
  }

  TEST_CASE_FIXTURE(
      OnSqlite,
      "F08: a file that is truncated to 0 and written again while it is read is loaded with its new content") {
    const std::string after = document("after", 3'000);
    change_while_it_is_read(
        p, document("before", 10'000),
        [&](int file) {
          CHECK(::ftruncate(file, 0) == 0);
          write_over(file, after);
        },
        after);
  }

  TEST_CASE_FIXTURE(OnSqlite, "F06: a file that grows while it is read is loaded with its final content") {
    const std::string after = document("v", 12'000);
    change_while_it_is_read(
        p, document("v", 10'000), [&](int file) { write_over(file, after); }, after);
  }

  TEST_CASE("F06: a file that ends too early because its writer continues is read again and not failed") {
    for (const std::uint64_t large_file : {std::uint64_t{4} << 20, std::uint64_t{1'000}}) {
      const ScratchDirectory directory;
      Pipeline p{sqlite_in(directory)};
      p.config.grace = 100ms;
      p.config.open_grace = 0ms;
      p.config.large_file = large_file;
      const std::string wait = p.scratch / "wait";
      const std::string whole = document("v", 200);
      Start start;
      start.environment = {{"LONGSHORE_CRASH_AT", "before_decode/" + routed("1") + ":1=wait"},
                           {"LONGSHORE_WAIT", wait}};
      Running daemon{p, start};
      const std::string hidden = landing_path(p, ".upload");
      const Fd writer{::open(hidden.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)};
      write_all(writer.get(), std::string_view{whole}.substr(0, whole.size() / 2), hidden);
      std::filesystem::rename(hidden, landing_path(p, routed("1")));
      REQUIRE(eventually([&] { return std::filesystem::exists(wait); }));
      write_over(writer.get(), whole);
      std::filesystem::remove(wait);
      CHECK(all_settled(p, 1));
      CHECK(daemon.stop() == 0);
      CHECK(p.rows("select status, sha256 from ingest_log") == std::vector<std::string>{"loaded|" + Sha256::of(whole)});
      p.check_books();
    }
  }

  TEST_CASE(
      "F04: a document that only seems complete, or is compressed, does not fail before it was unchanged for the grace") {
    const std::string text = document("v", 200);
    const std::string lines = event("a", k_time) + "\n" + event("b", k_time) + "\n" + event("c", k_time);
    struct Upload {
      std::string name;
      std::string whole;
      std::size_t cut;
    };
    const Upload uploads[] = {{routed("1") + ".gz", gzip(text), 100},
                              {routed("1") + ".zst", zstd(text), 100},
                              {routed("1"), text, text.find('}') + 1},
                              // a cut last line is a reject, so the file could be loaded
                              {routed("1"), lines, lines.rfind('}', lines.size() - 2) + 1}};
    for (const auto& [name, whole, cut] : uploads)
      for (const std::uint64_t large_file : {std::uint64_t{4} << 20, std::uint64_t{50}}) {
        const ScratchDirectory directory;
        Pipeline p{sqlite_in(directory)};
        p.config.grace = 2s;
        p.config.open_grace = 0ms;
        p.config.large_file = large_file;
        Running daemon{p};
        const std::string hidden = landing_path(p, ".upload");
        const Fd writer{::open(hidden.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)};
        write_all(writer.get(), std::string_view{whole}.substr(0, cut), hidden);
        std::filesystem::rename(hidden, landing_path(p, name));
        REQUIRE_MESSAGE(daemon.wait_for_log("may still be written"), daemon.log());
        write_all(writer.get(), std::string_view{whole}.substr(cut), hidden);
        CHECK(all_settled(p, 1));
        CHECK(p.rows("select status, sha256 from ingest_log") ==
              std::vector<std::string>{"loaded|" + Sha256::of(whole)});

        write_file(landing_path(p, routed("2") + ".gz"), gzip(text).substr(0, 100));
        CHECK(all_settled(p, 2));
        CHECK(p.one("select status || ' ' || error from ingest_log where file_id = 2")
                  .starts_with("failed the gzip data ends too early"));
        CHECK(daemon.stop() == 0);
        p.check_books();
      }
  }

  TEST_CASE_FIXTURE(OnSqlite,
                    "F07: a file that is changed after its commit is archived with the change and a warning") {
    const std::string wait = p.scratch / "wait";
    p.config.open_grace = 0ms;
    Start start;
    start.environment = {{"LONGSHORE_CRASH_AT", "before_archive:1=wait"}, {"LONGSHORE_WAIT", wait}};
    Running daemon{p, start};
    const std::string hidden = landing_path(p, ".upload");
    const Fd writer{::open(hidden.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)};
    write_all(writer.get(), document("v"), hidden);
    std::filesystem::rename(hidden, landing_path(p, routed("1")));
    REQUIRE(eventually([&] { return std::filesystem::exists(wait); }));
    write_all(writer.get(), "more", hidden);
    std::filesystem::remove(wait);
    CHECK(all_settled(p, 1));
    CHECK(daemon.wait_for_log("changed after it was read"));
    CHECK(daemon.stop() == 0);
    CHECK(outcomes(p) == std::vector<std::string>{routed("1") + "|loaded|1"});
    CHECK(p.one("select sha256 from ingest_log") == Sha256::of(document("v")));
    CHECK(content_of(p.scratch / p.one("select archive_path from ingest_log")) == document("v") + "more");
  }
}
