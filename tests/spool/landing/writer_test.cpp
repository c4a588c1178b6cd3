// Files in the landing directory that a process has open for writing.
#include "spool/landing/landing.hpp"
#include "spool/scratch.hpp"

#include <set>
#include <utility>

namespace longshore::spool {
namespace {

LandingSettings with_open_grace(std::chrono::milliseconds open_grace) {
  LandingSettings settings{1ms, 1ms, 1ms, k_never};
  settings.open_grace = open_grace;
  return settings;
}

Fd writer_of(const std::string& path) {
  return Fd{::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)};
}

bool is_waiting(Landing& landing) {
  return eventually(landing, [&] { return landing.waiting().open == 1; });
}

}  // namespace

TEST_CASE("a file that its writer has open is not ready before it is closed, however it was found") {
  const Scratch scratch;
  Fd writer;
  SUBCASE("created while landing is watched") {
    Landing landing{scratch.directories, with_open_grace(k_never), is_json, scratch.writers};
    landing.look();
    writer = writer_of(scratch.in_landing("a.json"));
    write_all(writer.get(), k_document, "a.json");
    REQUIRE(is_waiting(landing));
    look_a_while(landing);
    CHECK(landing.ready().empty());
    CHECK(landing.waiting().young == std::vector<std::string>{"a.json"});
    writer.reset();
    CHECK(becomes_ready(landing, {"a.json"}));
    CHECK(landing.waiting().open == 0);
    CHECK(!scratch.writers.contains("a.json"));
  }
  SUBCASE("found by the first listing") {
    writer = writer_of(scratch.in_landing("a.json"));
    write_all(writer.get(), k_document, "a.json");
    Landing landing{scratch.directories, with_open_grace(k_never), is_json, scratch.writers};
    REQUIRE(is_waiting(landing));
    CHECK(landing.ready().empty());
    writer.reset();
    CHECK(becomes_ready(landing, {"a.json"}));
  }
  SUBCASE("returned by a loader, which found the writer") {
    Landing landing{scratch.directories, with_open_grace(k_never), is_json, scratch.writers};
    landing.look();
    const std::string claimed = scratch.root + "/a.json";
    writer = writer_of(claimed);
    write_all(writer.get(), k_document, "a.json");
    scratch.writers.wait_of("a.json", candidate_of("a.json", stat_of(writer.get(), "a.json")), k_never);
    std::filesystem::rename(claimed, scratch.in_landing("a.json"));
    REQUIRE(is_waiting(landing));
    CHECK(landing.ready().empty());
    writer.reset();
    CHECK(becomes_ready(landing, {"a.json"}));
  }
}

TEST_CASE("a file that ends too early is not ready after `grace` while its writer has it open") {
  const Scratch scratch;
  Landing landing{scratch.directories, with_open_grace(k_never), is_json, scratch.writers};
  landing.look();
  Fd writer = writer_of(scratch.in_landing("a.json"));
  write_all(writer.get(), "{\"a\": [1, ", "a.json");
  REQUIRE(is_waiting(landing));
  CHECK(landing.ready().empty());
  write_all(writer.get(), "2]}", "a.json");
  writer.reset();
  CHECK(becomes_ready(landing, {"a.json"}));
}

TEST_CASE("a file that is never closed is ready when it was not changed for `open_grace`") {
  const Scratch scratch;
  Landing landing{scratch.directories, with_open_grace(150ms), is_json, scratch.writers};
  landing.look();
  const Fd writer = writer_of(scratch.in_landing("a.json"));
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 4; ++i) {
    write_all(writer.get(), k_document, "a.json");
    for (int looks = 0; looks < 3; ++looks)
      look_a_while(landing);
    CHECK(landing.ready().empty());
  }
  CHECK(becomes_ready(landing, {"a.json"}));
  CHECK(std::chrono::steady_clock::now() - begin >= 150ms);
}

TEST_CASE("a file with a writer is not looked at again and again") {
  const Scratch scratch;
  Landing landing{scratch.directories, with_open_grace(k_never), is_json, scratch.writers};
  landing.look();
  const Fd writer = writer_of(scratch.in_landing("a.json"));
  write_all(writer.get(), k_document, "a.json");
  REQUIRE(is_waiting(landing));
  REQUIRE(landing.next_look());
  CHECK(*landing.next_look() - std::chrono::steady_clock::now() > 4s);
}

TEST_CASE("a file whose writer removes it, or renames it away, is forgotten") {
  const Scratch scratch;
  LandingSettings settings = with_open_grace(150ms);
  Landing landing{scratch.directories, settings, is_json, scratch.writers};
  landing.look();
  const Fd writer = writer_of(scratch.in_landing("a.json"));
  write_all(writer.get(), k_document, "a.json");
  REQUIRE(is_waiting(landing));
  std::filesystem::rename(scratch.in_landing("a.json"), scratch.root + "/a.json");
  CHECK(eventually(landing, [&] { return landing.waiting().files == 0; }));
  CHECK(!scratch.writers.contains("a.json"));
}

TEST_CASE("a run with --once leaves a file that has a writer, and does not wait for it") {
  const Scratch scratch;
  const Fd writer = writer_of(scratch.in_landing("a.json"));
  write_all(writer.get(), k_document, "a.json");
  ::usleep(5'000);
  LandingSettings settings = with_open_grace(k_never);
  settings.once = true;
  Landing landing{scratch.directories, settings, is_json, scratch.writers};
  CHECK(eventually(landing, [&] { return landing.drained(); }));
  CHECK(landing.ready().empty());
  CHECK(landing.waiting().open == 1);
}

TEST_CASE("files with writers beyond the recheck queue wait for the next listing, and none is ready") {
  const Scratch scratch;
  LandingSettings settings = with_open_grace(k_never);
  settings.look_ahead = 4;
  settings.rescan = 20ms;
  std::vector<Fd> writers;
  for (int i = 0; i < 9; ++i) {
    writers.push_back(writer_of(scratch.in_landing(std::to_string(i) + ".json")));
    write_all(writers.back().get(), k_document, "a file");
  }
  ::usleep(5'000);
  Landing landing{scratch.directories, settings, is_json, scratch.writers};
  CHECK(eventually(landing, [&] { return landing.waiting().files == 9; }));
  for (int i = 0; i < 10; ++i)
    look_a_while(landing);
  CHECK(landing.ready().empty());
  writers.clear();
  std::set<std::string> loaded;
  CHECK(eventually(landing, [&] {
    for (const Candidate& candidate : std::exchange(landing.ready(), {})) {
      loaded.insert(candidate.name);
      std::filesystem::remove(scratch.in_landing(candidate.name));
    }
    return loaded.size() == 9;
  }));
}

}  // namespace longshore::spool
