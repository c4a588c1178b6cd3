#include "store/sqlite/file.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>

namespace longshore::store::sqlite {
namespace {

// linux/magic.h does not have all of them: NFS, SMB, CIFS, SMB2
constexpr std::array<std::uint32_t, 4> k_network_types{0x6969, 0x517b, 0xff534d42, 0xfe534d42};

std::string quoted_path(const std::string& path) { return "\"" + escape(path) + "\""; }

// SQLite follows a symbolic link to the database and creates its other files next to the target. The lock file is there
// too, even if the target does not exist yet.
std::string lock_name(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  fs::path real = fs::absolute(path, ignored);
  for (int links = 0; links < 40 && fs::is_symlink(real, ignored); ++links)  // the kernel's limit
    real = real.parent_path() / fs::read_symlink(real, ignored);
  const fs::path directory = fs::weakly_canonical(real.parent_path(), ignored);
  return (directory / real.filename()).string() + ".lock";
}

}  // namespace

bool is_network_file_system(long type) noexcept {
  return std::ranges::find(k_network_types, static_cast<std::uint32_t>(type)) != k_network_types.end();
}

void refuse_network_file_system(const std::string& path) {
  std::string directory = std::filesystem::path{path}.parent_path();
  if (directory.empty())
    directory = ".";
  struct statfs facts {};
  if (::statfs(path.c_str(), &facts) != 0 && ::statfs(directory.c_str(), &facts) != 0)
    throw Error{Fault::fatal, "the directory of the database " + quoted_path(path) +
                                  " cannot be read: " + system_error(errno, quoted_path(directory)).what()}
        .with_hint("create the directory, or give another path")
        .exits(Exit::cannot_create);
  if (is_network_file_system(facts.f_type))
    throw Error{Fault::fatal,
                "the database " + quoted_path(path) + " is on a network file system, where SQLite's locks do not work"}
        .with_hint("move it to a local disk, or use PostgreSQL")
        .exits(Exit::config);
}

Fd take_daemon_lock(const std::string& path) {
  const std::string name = lock_name(path);
  Fd fd{::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640)};
  if (!fd && (errno == EACCES || errno == EPERM || errno == EROFS))
    throw Error{Fault::fatal, system_error(errno, "open " + quoted_path(name)).what()}
        .with_hint(k_write_hint)
        .exits(Exit::no_permission);
  if (!fd)
    throw system_error(errno, "open " + quoted_path(name));
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0)
    return fd;
  if (errno != EWOULDBLOCK)
    throw system_error(errno, "flock " + quoted_path(name));
  throw Error{Fault::fatal,
              "another longshore writes to " + quoted_path(path) + ": " + quoted_path(name) + " is locked"}
      .with_hint("stop the other daemon, or use PostgreSQL")
      .exits(Exit::left_over);
}

bool is_daemon_locked(const std::string& path) {
  const Fd fd{::open(lock_name(path).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
  return fd && ::flock(fd.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

FileIdentity identity_of(const std::string& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0)
    return {};
  return {facts.st_dev, facts.st_ino, facts.st_size};
}

}  // namespace longshore::store::sqlite
