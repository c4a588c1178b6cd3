// Landing with limits, lost events and missing directories, and for a run with --once.
#include "spool/landing/landing.hpp"

#include "base/error.hpp"
#include "spool/scratch.hpp"
#include "support/skip.hpp"

#include <algorithm>
#include <set>

#include <sys/resource.h>

namespace longshore::spool {
namespace {

const LandingSettings k_quick{.settle = 2ms, .close_delay = 2ms, .grace = k_never, .rescan = k_never};

LandingSettings once(std::chrono::milliseconds settle) {
  return {.settle = settle, .close_delay = settle, .grace = k_never, .rescan = k_never, .once = true};
}

// Takes and removes ready files, like a claim, until it has `count` files.
std::vector<std::string> take(Landing& landing, const Scratch& scratch, std::size_t count) {
  std::vector<std::string> taken;
  eventually(landing, [&] {
    for (const Candidate& candidate : landing.ready())
      if (::unlink(scratch.in_landing(candidate.name).c_str()) == 0)
        taken.push_back(candidate.name);
    landing.ready().clear();
    return taken.size() >= count;
  });
  return taken;
}

}  // namespace

TEST_CASE(
    "a backlog larger than the look-ahead is delivered completely, oldest first, even if a listing remembers few files") {
  for (const std::size_t known : {std::size_t{3}, std::size_t{7}, std::size_t{1000}}) {
    const Scratch scratch;
    std::vector<std::string> names;
    for (int i = 0; i < 23; ++i) {
      names.push_back("n" + std::to_string(100 - i) + ".json");
      scratch.write(names.back());
      scratch.set_mtime(names.back(), -1'000 + i);
    }
    ::usleep(20'000);
    LandingSettings settings = k_quick;
    settings.look_ahead = 5;
    settings.known = known;
    Landing landing{scratch.directories, settings, is_json, scratch.writers};
    landing.look();
    const auto first = names.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(known, 5));
    CHECK(names_of(landing.ready()) == std::vector<std::string>(names.begin(), first));
    CHECK(landing.waiting().files == static_cast<std::uint64_t>(names.end() - first));
    CHECK(take(landing, scratch, 23) == names);
    CHECK(eventually(landing, [&] { return landing.waiting().files == 0; }));
  }
}

TEST_CASE("every file of a burst larger than the recheck queue is found") {
  const Scratch scratch;
  LandingSettings settings = k_quick;
  settings.look_ahead = 3;
  settings.settle = 20ms;
  Landing landing{scratch.directories, settings, is_json, scratch.writers};
  landing.look();
  for (int i = 0; i < 50; ++i)
    scratch.write("n" + std::to_string(i) + ".json");
  const auto taken = take(landing, scratch, 50);
  CHECK(std::set<std::string>(taken.begin(), taken.end()).size() == 50);
}

TEST_CASE("a file whose event was lost in an overflow is found by the next listing") {
  const Scratch scratch;
  std::ifstream limit{"/proc/sys/fs/inotify/max_queued_events"};
  int most = 0;
  limit >> most;
  if (most > 100'000)
    SKIP("the inotify event queue is too long: " + std::to_string(most));
  Landing landing{scratch.directories, k_quick, is_json, scratch.writers};
  landing.look();
  // two names in turn, because the kernel merges equal events
  for (int i = 0; i <= most; ++i)
    ::close(::open(scratch.in_landing(i % 2 ? "x.tmp" : "y.tmp").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  scratch.rename_in("a.json");
  CHECK(becomes_ready(landing, {"a.json"}));
}

TEST_CASE("without kernel events, files are found by listing") {
  const Scratch scratch;
  rlimit usual{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &usual) == 0);
  const rlimit none{0, usual.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &none);  // inotify_init fails
  LandingSettings settings = k_quick;
  settings.rescan = 20ms;
  Landing landing{scratch.directories, settings, is_json, scratch.writers};
  ::setrlimit(RLIMIT_NOFILE, &usual);
  CHECK(landing.fd() == -1);
  landing.look();
  scratch.write("a.json");
  CHECK(becomes_ready(landing, {"a.json"}));
}

TEST_CASE("without descriptors look() throws and loses no file") {
  const Scratch scratch;
  scratch.write("a.json");
  ::usleep(20'000);
  Landing landing{scratch.directories, k_quick, is_json, scratch.writers};
  rlimit usual{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &usual) == 0);
  Fd next{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
  const rlimit few{static_cast<rlim_t>(next.get()) + 1,
                   usual.rlim_max};  // enough for the landing directory, but not for its files
  next.reset();
  ::setrlimit(RLIMIT_NOFILE, &few);
  CHECK_THROWS_AS(landing.look(), Error);
  ::setrlimit(RLIMIT_NOFILE, &usual);
  CHECK(becomes_ready(landing, {"a.json"}));
}

TEST_CASE("a ready file stays ready over listings, even if it is young, until it is removed") {
  const Scratch scratch;
  Landing landing{scratch.directories, {k_never, k_never, k_never, 5ms}, is_json, scratch.writers};
  landing.look();
  scratch.rename_in("a.json");
  REQUIRE(becomes_ready(landing, {"a.json"}));
  look_a_while(landing);
  CHECK(names_of(landing.ready()) == std::vector<std::string>{"a.json"});
  std::filesystem::remove(scratch.in_landing("a.json"));
  CHECK(becomes_ready(landing, {}));
}

TEST_CASE("an idle landing directory is not looked at before the next listing") {
  const Scratch scratch;
  scratch.write("readme.txt");
  Landing landing{scratch.directories, k_quick, is_json, scratch.writers};
  REQUIRE(eventually(landing, [&] { return !landing.take_unrouted().empty(); }));
  look_a_while(landing);
  CHECK(landing.next_look().value() > std::chrono::steady_clock::now() + 3s);
}

TEST_CASE("a landing directory that was renamed and created again is watched again") {
  const Scratch scratch;
  Landing landing{scratch.directories, k_quick, is_json, scratch.writers};
  landing.look();
  std::filesystem::rename(scratch.directories.landing, scratch.root + "/old");
  std::filesystem::create_directory(scratch.directories.landing);
  std::ofstream{scratch.root + "/old/old.json"} << k_document;
  scratch.write("before.json");
  REQUIRE(becomes_ready(landing, {"before.json"}));
  landing.ready().clear();
  std::filesystem::remove(scratch.in_landing("before.json"));
  scratch.rename_in("after.json");
  CHECK(becomes_ready(landing, {"after.json"}));
}

TEST_CASE("a missing landing directory is looked for once a second") {
  const Scratch scratch;
  Landing landing{scratch.directories, k_quick, is_json, scratch.writers};
  landing.look();
  std::filesystem::remove_all(scratch.directories.landing);
  look_a_while(landing);
  CHECK(landing.ready().empty());
  const auto next = landing.next_look().value();
  CHECK(next > std::chrono::steady_clock::now());  // does not poll all the time
  CHECK(next < std::chrono::steady_clock::now() + 2s);
  pollfd news{landing.fd(), POLLIN, 0};
  CHECK(::poll(&news, 1, 0) == 0);
  std::filesystem::create_directory(scratch.directories.landing);
  scratch.rename_in("a.json");
  CHECK(becomes_ready(landing, {"a.json"}));
}

TEST_CASE("held files are waiting but not ready, however they were found, until they are not held any more") {
  for (const std::size_t look_ahead : {std::size_t{2}, std::size_t{1000}}) {
    const Scratch scratch;
    LandingSettings settings = k_quick;
    settings.rescan = 100ms;
    settings.look_ahead = look_ahead;
    for (int i = 0; i < 6; ++i)
      scratch.write((i % 2 ? "held_" : "free_") + std::to_string(i) + ".json");
    ::usleep(20'000);
    Landing landing{scratch.directories, settings, is_json, scratch.writers};
    landing.look();  // some of them are ready already
    landing.hold([](std::string_view name) { return name.starts_with("held_"); });
    scratch.write("held_6.json");
    scratch.write("free_7.json");
    auto taken = take(landing, scratch, 4);
    std::ranges::sort(taken);
    CHECK(taken == std::vector<std::string>{"free_0.json", "free_2.json", "free_4.json", "free_7.json"});
    CHECK(eventually(landing, [&] { return landing.waiting().files == 4 && landing.ready().empty(); }));
    CHECK(landing.oldest());

    landing.hold([](std::string_view) { return false; });
    CHECK(take(landing, scratch, 4).size() == 4);
  }
}

TEST_CASE("directories in landing are counted, except its own and uploads, until they are gone") {
  const Scratch scratch;
  Directories directories = scratch.directories;
  directories.processed = scratch.in_landing("processed");
  for (const char* name : {"veh1", "veh2", "processed", ".hidden", "rsync.partial"})
    std::filesystem::create_directory(scratch.in_landing(name));
  Landing landing{directories, k_quick, is_json, scratch.writers};
  landing.look();
  CHECK(landing.unread_directories() == 2);
  std::filesystem::create_directory(scratch.in_landing("veh3"));
  CHECK(eventually(landing, [&] { return landing.unread_directories() == 3; }));
  for (const char* name : {"veh1", "veh2", "veh3"})
    std::filesystem::remove(scratch.in_landing(name));
  CHECK(eventually(landing, [&] { return landing.unread_directories() == 0; }));
}

TEST_CASE("a run with --once does not wait for held files") {
  const Scratch scratch;
  scratch.write("held.json");
  scratch.set_mtime("held.json", -1'000);
  Landing landing{scratch.directories, once(2ms), is_json, scratch.writers};
  landing.look();
  landing.hold([](std::string_view) { return true; });
  CHECK(eventually(landing, [&] { return landing.drained(); }));
  CHECK(landing.waiting().files == 1);
}

TEST_CASE("a run with --once takes old files at once, by their mtime") {
  const Scratch scratch;
  scratch.write("a.json");
  scratch.write("cut.json", "{\"a\": [1, ");
  for (const char* name : {"a.json", "cut.json"})
    scratch.set_mtime(name, -7'200 - 3'600);
  Landing landing{scratch.directories, once(k_never), is_json, scratch.writers};
  CHECK(!landing.drained());
  landing.look();
  CHECK(names_of(landing.ready()) == std::vector<std::string>{"a.json", "cut.json"});
  CHECK(!landing.drained());
  CHECK(take(landing, scratch, 2).size() == 2);
  CHECK(eventually(landing, [&] { return landing.drained(); }));
  CHECK(landing.waiting().files == 0);
}

TEST_CASE("a run with --once waits for young files, and for a file with an mtime in the future") {
  const Scratch scratch;
  Landing landing{scratch.directories, once(50ms), is_json, scratch.writers};
  scratch.write("future.json");
  scratch.set_mtime("future.json", 86'400);
  scratch.write("young.json");
  landing.look();
  CHECK(!landing.drained());
  std::vector<std::string> taken = take(landing, scratch, 2);
  std::ranges::sort(taken);  // they differ by microseconds: the order is not fixed
  CHECK(taken == std::vector<std::string>{"future.json", "young.json"});
  CHECK(eventually(landing, [&] { return landing.drained(); }));
}

TEST_CASE("a run with --once leaves a document that ends too early, and reports it") {
  const Scratch scratch;
  Landing landing{scratch.directories, once(10ms), is_json, scratch.writers};
  scratch.write("cut.json", "{\"a\": [1, ");
  REQUIRE(eventually(landing, [&] { return landing.drained(); }));
  CHECK(landing.ready().empty());
  CHECK(landing.waiting().files == 1);
  CHECK(landing.waiting().young == std::vector<std::string>{"cut.json"});
  CHECK(landing.waiting().truncated_documents);
}

TEST_CASE("a run with --once lists again after a claim, which may have left out a changed file") {
  const Scratch scratch;
  scratch.write("a.json");
  scratch.set_mtime("a.json", -7'200 - 3'600);
  Landing landing{scratch.directories, once(k_never), is_json, scratch.writers};
  landing.look();
  landing.ready().clear();
  scratch.set_mtime("a.json", -7'200);
  CHECK(!landing.drained());
  CHECK(becomes_ready(landing, {"a.json"}));
}

TEST_CASE("a run with --once does not repeatedly offer a file that cannot be claimed") {
  const Scratch scratch;
  scratch.write("a.json");
  scratch.set_mtime("a.json", -7'200);
  Landing landing{scratch.directories, once(10ms), is_json, scratch.writers};
  CHECK(eventually(landing, [&] {
    landing.ready().clear();
    return landing.drained();
  }));
  CHECK(landing.waiting().files == 1);
}

TEST_CASE("a run with --once fails if the landing directory is missing") {
  const Scratch scratch;
  Landing landing{scratch.directories, once(10ms), is_json, scratch.writers};
  std::filesystem::remove_all(scratch.directories.landing);
  CHECK_THROWS_AS(landing.look(), Error);
}

}  // namespace longshore::spool
