#include "spool/beneath.hpp"

#include "spool/scratch.hpp"
#include "support/mount.hpp"
#include "support/skip.hpp"

#include <cerrno>

#include <sys/stat.h>
#include <unistd.h>

namespace longshore::spool {
namespace {

namespace fs = std::filesystem;

int code_of_parent(int root, const std::string& path) {
  errno = 0;
  const Parent parent{root, path};
  return parent ? 0 : errno;
}

}  // namespace

TEST_CASE("a path is split into its directory and its last part") {
  CHECK(last_part("a/b/c.json") == "c.json");
  CHECK(directory_part("a/b/c.json") == "a/b");
  CHECK(last_part("c.json") == "c.json");
  CHECK(directory_part("c.json").empty());
}

TEST_CASE("a directory below another is opened, but never through a link, and nothing outside") {
  const Scratch scratch;
  fs::create_directories(scratch.in_landing("a/b"));
  fs::create_directory(scratch.root + "/outside");
  fs::create_directory_symlink(scratch.root + "/outside", scratch.in_landing("link"));
  fs::create_directory_symlink("a", scratch.in_landing("inner"));
  scratch.write("file");
  const Fd root = open_directory(scratch.directories.landing);
  const Parent flat{root.get(), "x.json"};
  CHECK(flat.fd() == root.get());
  CHECK(flat.name() == "x.json");
  const Parent below{root.get(), "a/b/x.json"};
  REQUIRE(below);
  CHECK(below.name() == "x.json");
  CHECK(code_of_parent(root.get(), "link/x.json") == ELOOP);
  CHECK(code_of_parent(root.get(), "inner/b/x.json") == ELOOP);
  CHECK(code_of_parent(root.get(), "../outside/x.json") == EXDEV);
  CHECK(code_of_parent(root.get(), "a/../../outside/x.json") == EXDEV);
  CHECK(code_of_parent(root.get(), "none/x.json") == ENOENT);
  CHECK(code_of_parent(root.get(), "file/x.json") == ENOTDIR);
}

TEST_CASE("a directory on which another file system is mounted is not opened") {
  const Scratch scratch;
  fs::create_directory(scratch.in_landing("share"));
  const auto mount = test::Mount::tmpfs(scratch.in_landing("share"));
  if (!mount)
    return;
  const Fd root = open_directory(scratch.directories.landing);
  CHECK(code_of_parent(root.get(), "share/x.json") == EXDEV);
}

TEST_CASE("missing directories are created with the rights of the directory around them") {
  const Scratch scratch;
  REQUIRE(::chmod(scratch.directories.landing.c_str(), 02777) == 0);
  const mode_t before = ::umask(077);
  const Fd root = open_directory(scratch.directories.landing);
  CHECK(make_beneath(root.get(), "a/b"));
  ::umask(before);
  struct stat st {};
  REQUIRE(::stat(scratch.in_landing("a/b").c_str(), &st) == 0);
  CHECK((st.st_mode & 07777) == 02777);
  fs::create_directory_symlink(scratch.root, scratch.in_landing("link"));
  if (::geteuid() == 0) {  // as with retry: the daemon is another user
    REQUIRE(::chown(scratch.in_landing("a/b").c_str(), 65'534, static_cast<gid_t>(-1)) == 0);
    CHECK(make_beneath(root.get(), "a/b/c/d"));
    REQUIRE(::stat(scratch.in_landing("a/b/c/d").c_str(), &st) == 0);
    CHECK(st.st_uid == 65'534);
  }
  CHECK(!make_beneath(root.get(), "link/c"));
  CHECK(!fs::exists(scratch.root + "/c"));
}

}  // namespace longshore::spool
