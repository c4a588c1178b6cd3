#include "spool/work/claims.hpp"

#include "spool/scratch.hpp"

#include <atomic>
#include <thread>

#include <sys/file.h>

namespace longshore::spool {

TEST_CASE("an instance is alive while its lock is held, and the check never blocks a starting daemon") {
  Scratch scratch;
  const std::string& work = scratch.directories.work;
  CHECK(!is_alive(work, "host-1"));
  { const Workspace first{scratch.directories, "host"}; }
  std::atomic<bool> stop = false;
  std::atomic<bool> is_locked = false;
  // takes the lock like is_alive(), but keeps it half of the time
  const Fd probe{::open((work + "/host-1").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  std::thread asking{[&] {
    while (!stop) {
      ::flock(probe.get(), LOCK_SH);
      is_locked = true;
      ::usleep(1000);
      is_locked = false;
      ::flock(probe.get(), LOCK_UN);
      ::usleep(1000);
    }
  }};
  for (int i = 0; i < 50; ++i) {
    while (!is_locked)
      std::this_thread::yield();
    const Workspace workspace{scratch.directories, "host"};
    CHECK(workspace.instance() == "host-1");
    CHECK(is_alive(work, "host-1"));
  }
  stop = true;
  asking.join();
  CHECK(!is_alive(work, "host-1"));
  CHECK(instances_in(work) == std::vector<std::string>{"host-1"});
}

TEST_CASE("claimed files are listed, and foreign entries in the work directory are not") {
  Scratch scratch;
  Workspace workspace{scratch.directories, "host"};
  const Claim claim = workspace.claim(scratch.write_candidates({"a.json", "b.json"}));
  const std::string& work = scratch.directories.work;
  std::filesystem::create_directory(work + "/host-1/no claim");
  std::ofstream{work + "/host-1/no claim/c.json"} << k_document;
  std::filesystem::create_symlink("/etc/passwd", work + "/host-1/" + claim.id + "/d.json");
  std::filesystem::create_symlink(work + "/host-1", work + "/host-2");
  std::vector<std::string> seen;
  for_each_claimed(work, [&](const ClaimedFile& file) {
    seen.push_back(file.instance + " " + file.entry.name);
    CHECK(file.claim.id == claim.id);
    CHECK(Workspace::look(file.claim, file.entry.name));
  });
  CHECK(seen == std::vector<std::string>{"host-1 a.json", "host-1 b.json"});
  CHECK(instances_in(scratch.root + "/nowhere").empty());
}

}  // namespace longshore::spool
