#include "spool/directories.hpp"

#include "base/error.hpp"
#include "spool/scratch.hpp"
#include "spool/work/instance_directory.hpp"
#include "support/mount.hpp"

namespace longshore::spool {
namespace {

// What prepare() says; Exit::ok when it is content.
struct Said {
  Exit exit = Exit::ok;
  std::string text;
  std::string hint;
};

Said say(const Directories& directories) {
  try {
    prepare(directories);
    return {};
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::fatal);
    return {error.exit(), error.what(), error.hint()};
  }
}

unsigned mode_of(const std::string& path) {
  struct stat st {};
  REQUIRE(::stat(path.c_str(), &st) == 0);
  return st.st_mode & 07777;
}

}  // namespace

TEST_CASE("directories stand beside landing, whatever its spelling") {
  for (const char* landing : {"/in/box/landing", "/in/box/landing/", "/in/./box//landing", "/in/x/../box/landing/"}) {
    const auto d = Directories::beside(landing);
    CHECK(d.landing == "/in/box/landing");
    CHECK(d.work == "/in/box/landing/.work");
    CHECK(d.processed == "/in/box/processed");
    CHECK(d.failed == "/in/box/failed");
  }
  CHECK(Directories::beside("landing").landing == std::filesystem::current_path() / "landing");
}

TEST_CASE("what is missing is created, closed to others, and no probe stays behind") {
  const Scratch scratch;  // has called prepare()
  CHECK(mode_of(scratch.directories.work) == 0700);
  CHECK((mode_of(scratch.directories.processed) & 07) == 0);
  CHECK((mode_of(scratch.directories.failed) & 07) == 0);
  CHECK(names_in(scratch.directories.landing) == std::vector<std::string>{".work"});
  CHECK(names_in(scratch.directories.work).empty());
  CHECK(say(scratch.directories).exit == Exit::ok);
}

TEST_CASE("a landing directory that is sealed is refused, and a unit's way to open it is named") {
  const Scratch scratch;
  const auto sealed = test::Mount::tmpfs(scratch.directories.landing);
  if (!sealed)
    return;
  sealed->read_only(true);
  const auto said = say(scratch.directories);
  CHECK(said.exit == Exit::no_permission);
  CHECK(said.text ==
        "landing directory \"" + scratch.directories.landing + "\" cannot be written: Read-only file system");
  CHECK(said.hint.find("ReadWritePaths=") != std::string::npos);
}

TEST_CASE("a missing landing directory is not created but asked for") {
  const Scratch scratch;
  const auto said = say(Directories::beside(scratch.root + "/elsewhere"));
  CHECK(said.exit == Exit::config);
  CHECK(said.text == "landing directory \"" + scratch.root + "/elsewhere\": No such file or directory");
  CHECK(said.hint == "create it: mkdir -p " + scratch.root + "/elsewhere");
  CHECK(!std::filesystem::exists(scratch.root + "/elsewhere"));
}

TEST_CASE("a landing directory that is a file is refused") {
  const Scratch scratch;
  std::ofstream{scratch.root + "/file"} << "x";
  CHECK(say(Directories::beside(scratch.root + "/file")).exit == Exit::config);
}

TEST_CASE("X02: a work directory that is a link is refused") {
  const Scratch scratch;
  std::filesystem::remove(scratch.directories.work);
  std::filesystem::create_directory_symlink(scratch.directories.failed, scratch.directories.work);
  CHECK(say(scratch.directories).exit == Exit::config);
}

TEST_CASE("X02: a work directory of another user, or that every user may write, is refused at the start") {
  const Scratch scratch;
  const auto takes = [&] {
    try {
      take_instance_directory(scratch.directories.work, "test-1");
      return std::string{};
    } catch (const Error& error) {
      CHECK(error.exit() == Exit::no_permission);
      return std::string{error.what()};
    }
  };
  CHECK(takes().empty());
  ::chmod(scratch.directories.work.c_str(), 0777);
  CHECK(takes() == "work directory \"" + scratch.directories.work + "\" can be written by every user");
  ::chmod(scratch.directories.work.c_str(), 0700);
  if (::geteuid() != 0) {
    MESSAGE("left out: only root can make another user's directory");
    return;
  }
  REQUIRE(::chown(scratch.directories.work.c_str(), 65534, 65534) == 0);
  CHECK(takes() == "work directory \"" + scratch.directories.work + "\" belongs to the user 65534");
}

TEST_CASE("X02: an archive directory may be a link of the operator, and of nobody else") {
  const Scratch scratch;
  for (const std::string& path : {scratch.directories.processed, scratch.directories.failed}) {
    std::filesystem::remove(path);
    std::filesystem::create_directory(scratch.root + "/disk");
    std::filesystem::create_directory_symlink(scratch.root + "/disk", path);
    CHECK(say(scratch.directories).exit == Exit::ok);
    if (::geteuid() == 0) {
      REQUIRE(::lchown(path.c_str(), 65534, 65534) == 0);
      CHECK(say(scratch.directories).exit == Exit::no_permission);
      CHECK(say(scratch.directories).text == "directory \"" + path + "\" is a link that the user 65534 has made");
    }
    std::filesystem::remove(path);
    std::filesystem::remove(scratch.root + "/disk");
  }
}

TEST_CASE("a work directory on another mount is refused by a real rename") {
  const Scratch scratch;
  const Scratch other{"/dev/shm"};
  auto directories = scratch.directories;
  directories.work = other.root + "/work";
  const auto said = say(directories);
  if (said.exit == Exit::ok) {
    MESSAGE("skipped: /tmp and /dev/shm are one mount");
    return;
  }
  CHECK(said.exit == Exit::config);
  CHECK(said.hint.find("ReadWritePaths=") != said.hint.npos);
  CHECK(names_in(scratch.directories.landing) == std::vector<std::string>{".work"});
}

TEST_CASE("F20: a landing directory that this user cannot write is refused") {
  const Scratch scratch;
  ::chmod(scratch.directories.landing.c_str(), 0555);
  CHECK(as_ordinary_user(scratch, [&] { return say(scratch.directories).exit == Exit::no_permission; }));
}

TEST_CASE("a sticky landing directory of another user is refused, one of our own is not") {
  const Scratch scratch;
  const auto directories = Directories{"/tmp", scratch.root + "/work", scratch.root + "/p", scratch.root + "/f"};
  struct stat st {};
  REQUIRE(::stat("/tmp", &st) == 0);
  if ((st.st_mode & S_ISVTX) == 0 || (::geteuid() != 0 && st.st_uid == ::geteuid()))
    MESSAGE("skipped: /tmp is not sticky, or ours");
  else
    CHECK(as_ordinary_user(scratch, [&] {
      const auto said = say(directories);
      return said.exit == Exit::no_permission && said.hint.starts_with("chmod -t /tmp");
    }));
  ::chmod(scratch.directories.landing.c_str(), 01770);
  CHECK(as_ordinary_user(scratch, [&] { return say(scratch.directories).exit == Exit::ok; }));
}

TEST_CASE("probes of starts that were killed go when they are old; nothing else does") {
  const Scratch scratch;
  const std::string& work = scratch.directories.work;
  const auto make = [](const std::string& path, bool is_old, const std::string& content = "") {
    std::ofstream{path} << content;
    if (is_old)
      std::filesystem::last_write_time(path, std::filesystem::file_time_type::clock::now() - std::chrono::hours{1});
  };
  for (const char* kind : {"/.longshore-20261121T040512.123456Z-5f3a09c1", "/.lock-1", "/.clock-1"}) {
    make(work + kind, true);
  }
  make(work + "/.lock-young", false);
  make(work + "/.lock-full", true, "somebody's");
  make(scratch.in_landing(".longshore-20261121T040512.123456Z-5f3a09c1"), true);
  make(scratch.in_landing(".longshore-upload"), true);
  make(scratch.in_landing(".lock-1"), true);  // a producer's upload
  make(scratch.in_landing("objects_detection_1.json"), true);
  prepare(scratch.directories);
  for (const char* kind : {"/.longshore-20261121T040512.123456Z-5f3a09c1", "/.lock-1", "/.clock-1"}) {
    CHECK_FALSE(std::filesystem::exists(work + kind));
  }
  CHECK(std::filesystem::exists(work + "/.lock-young"));
  CHECK(std::filesystem::exists(work + "/.lock-full"));
  CHECK_FALSE(std::filesystem::exists(scratch.in_landing(".longshore-20261121T040512.123456Z-5f3a09c1")));
  CHECK(std::filesystem::exists(scratch.in_landing(".longshore-upload")));
  CHECK(std::filesystem::exists(scratch.in_landing(".lock-1")));
  CHECK(std::filesystem::exists(scratch.in_landing("objects_detection_1.json")));
}

}  // namespace longshore::spool
