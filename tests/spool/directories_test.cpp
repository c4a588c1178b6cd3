#include "spool/directories.hpp"

#include "base/error.hpp"
#include "spool/scratch.hpp"
#include "spool/work/instance_directory.hpp"
#include "support/mount.hpp"
#include "support/skip.hpp"

namespace longshore::spool {
namespace {

// The error of prepare(); Exit::ok if there was none.
struct Result {
  Exit exit = Exit::ok;
  std::string text;
  std::string hint;
};

Result result_of(const Directories& directories) {
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

TEST_CASE("the default directories are beside landing for every spelling of its path") {
  for (const char* landing : {"/in/box/landing", "/in/box/landing/", "/in/./box//landing", "/in/x/../box/landing/"}) {
    const auto d = Directories::beside(landing);
    CHECK(d.landing == "/in/box/landing");
    CHECK(d.work == "/in/box/landing/.work");
    CHECK(d.processed == "/in/box/processed");
    CHECK(d.failed == "/in/box/failed");
  }
  CHECK(Directories::beside("landing").landing == std::filesystem::current_path() / "landing");
}

TEST_CASE("missing directories are created without rights for others, and no probe file remains") {
  const Scratch scratch;  // calls prepare()
  CHECK(mode_of(scratch.directories.work) == 0700);
  CHECK((mode_of(scratch.directories.processed) & 07) == 0);
  CHECK((mode_of(scratch.directories.failed) & 07) == 0);
  CHECK(names_in(scratch.directories.landing) == std::vector<std::string>{".work"});
  CHECK(names_in(scratch.directories.work).empty());
  CHECK(result_of(scratch.directories).exit == Exit::ok);
}

TEST_CASE("a read-only landing directory is refused with a hint for systemd units") {
  const Scratch scratch;
  const auto sealed = test::Mount::tmpfs(scratch.directories.landing);
  if (!sealed)
    return;
  sealed->read_only(true);
  const auto result = result_of(scratch.directories);
  CHECK(result.exit == Exit::no_permission);
  CHECK(result.text ==
        "landing directory \"" + scratch.directories.landing + "\" cannot be written: Read-only file system");
  CHECK(result.hint.find("ReadWritePaths=") != std::string::npos);
}

TEST_CASE("a missing landing directory is refused and not created") {
  const Scratch scratch;
  const auto result = result_of(Directories::beside(scratch.root + "/elsewhere"));
  CHECK(result.exit == Exit::config);
  CHECK(result.text == "landing directory \"" + scratch.root + "/elsewhere\": No such file or directory");
  CHECK(result.hint == "create it: mkdir -p " + scratch.root + "/elsewhere");
  CHECK(!std::filesystem::exists(scratch.root + "/elsewhere"));
}

TEST_CASE("a landing directory that is a file is refused") {
  const Scratch scratch;
  std::ofstream{scratch.root + "/file"} << "x";
  CHECK(result_of(Directories::beside(scratch.root + "/file")).exit == Exit::config);
}

TEST_CASE("X02: a work directory that is a link is refused") {
  const Scratch scratch;
  std::filesystem::remove(scratch.directories.work);
  std::filesystem::create_directory_symlink(scratch.directories.failed, scratch.directories.work);
  CHECK(result_of(scratch.directories).exit == Exit::config);
}

TEST_CASE("X02: a work directory of another user, or writable by every user, is refused at the start") {
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
  if (::geteuid() != 0)
    SKIP("only root can create another user's directory");
  REQUIRE(::chown(scratch.directories.work.c_str(), 65534, 65534) == 0);
  CHECK(takes() == "work directory \"" + scratch.directories.work + "\" belongs to the user 65534");
}

TEST_CASE("X02: an archive directory may be a link of the operator, but not of another user") {
  const Scratch scratch;
  for (const std::string& path : {scratch.directories.processed, scratch.directories.failed}) {
    std::filesystem::remove(path);
    std::filesystem::create_directory(scratch.root + "/disk");
    std::filesystem::create_directory_symlink(scratch.root + "/disk", path);
    CHECK(result_of(scratch.directories).exit == Exit::ok);
    if (::geteuid() == 0) {
      REQUIRE(::lchown(path.c_str(), 65534, 65534) == 0);
      CHECK(result_of(scratch.directories).exit == Exit::no_permission);
      CHECK(result_of(scratch.directories).text == "directory \"" + path + "\" is a link made by the user 65534");
    } else {
      test::skip_case("only root can change the owner of a link");
    }
    std::filesystem::remove(path);
    std::filesystem::remove(scratch.root + "/disk");
  }
}

TEST_CASE("a work directory on another mount is refused after a real rename") {
  const Scratch scratch;
  const Scratch other{"/dev/shm"};
  auto directories = scratch.directories;
  directories.work = other.root + "/work";
  const auto result = result_of(directories);
  if (result.exit == Exit::ok)
    SKIP("/tmp and /dev/shm are one mount");
  CHECK(result.exit == Exit::config);
  CHECK(result.hint.find("ReadWritePaths=") != result.hint.npos);
  CHECK(names_in(scratch.directories.landing) == std::vector<std::string>{".work"});
}

TEST_CASE("F20: a landing directory that this user cannot write is refused") {
  const Scratch scratch;
  ::chmod(scratch.directories.landing.c_str(), 0555);
  CHECK(as_ordinary_user(scratch, [&] { return result_of(scratch.directories).exit == Exit::no_permission; }));
}

TEST_CASE("a sticky landing directory of another user is refused, one of the same user is not") {
  const Scratch scratch;
  const auto directories = Directories{"/tmp", scratch.root + "/work", scratch.root + "/p", scratch.root + "/f"};
  struct stat st {};
  REQUIRE(::stat("/tmp", &st) == 0);
  if ((st.st_mode & S_ISVTX) == 0 || (::geteuid() != 0 && st.st_uid == ::geteuid()))
    test::skip_case("/tmp is not sticky, or belongs to this user");
  else
    CHECK(as_ordinary_user(scratch, [&] {
      const auto result = result_of(directories);
      return result.exit == Exit::no_permission && result.hint.starts_with("chmod -t /tmp");
    }));
  ::chmod(scratch.directories.landing.c_str(), 01770);
  CHECK(as_ordinary_user(scratch, [&] { return result_of(scratch.directories).exit == Exit::ok; }));
}

TEST_CASE("old probe files of killed starts are removed, and nothing else") {
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
  make(scratch.in_landing(".lock-1"), true);  // an upload of a producer
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
