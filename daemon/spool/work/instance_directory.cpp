#include "spool/work/instance_directory.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "spool/entries.hpp"
#include "spool/file_system.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace longshore::spool {
namespace {

// A user who may write in the work directory could replace a file between claim and read. The fault is transient: at
// the start it ends the process; later, if another user's directory is found there, files wait until the directory is
// right again.
void check_owner(int work, const std::string& path) {
  const struct stat st = stat_of(work, path);
  const auto refuse = [&](const std::string& what) {
    throw Error(Fault::transient, "work directory \"" + escape(path) + "\" " + what)
        .with_hint("only the user that longshore runs as may write in it: remove it, or chown it and chmod 0700")
        .exits(Exit::no_permission);
  };
  if (st.st_uid != ::geteuid() && st.st_uid != 0)
    refuse("belongs to the user " + std::to_string(st.st_uid));
  if ((st.st_mode & S_IWOTH) != 0)
    refuse("can be written by every user");
}

// Retries for at least 5 s while there are only shared locks: is_alive() takes one for an instant without being the
// owner, and its process may be preempted in this instant.
bool lock(int directory) {
  constexpr int k_tries = 5000;
  for (int tries = 0; ::flock(directory, LOCK_EX | LOCK_NB) != 0; ++tries) {
    if (errno != EWOULDBLOCK || tries == k_tries)
      return false;
    if (::flock(directory, LOCK_SH | LOCK_NB) != 0)
      return false;
    ::flock(directory, LOCK_UN);
    ::usleep(1000);
  }
  return true;
}

// Claim directories may be moved into the archive: they must not have the group or access list of the landing
// directory. If that cannot be removed, such claims are not moved as a whole (archive.cpp).
void drop_inherited_rights(int instance_directory) {
  const struct stat st = stat_of(instance_directory, "a work directory");
  if ((st.st_mode & S_ISGID) != 0)
    ::fchmod(instance_directory, st.st_mode & 0777);
  ::fremovexattr(instance_directory, "system.posix_acl_default");
}

}  // namespace

Fd lock_instance(int work, const std::string& instance) {
  Fd directory{::openat(work, instance.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  if (!directory)
    return directory;
  if (!lock(directory.get())) {
    const int code = errno;
    if (code != EWOULDBLOCK)
      throw system_error(code, "lock work directory of " + instance);
    directory.reset();
    errno = code;
    return directory;
  }
  // an adopting daemon removes the directory while it has the lock: since the open it may have been removed or replaced
  const auto named = entry_stat(work, instance);
  if (!named || !is_same_inode(*named, stat_of(directory.get(), instance))) {
    directory.reset();
    errno = ENOENT;
  }
  return directory;
}

std::shared_ptr<const InstanceDirectory> take_instance_directory(const std::string& work_path,
                                                                 const std::string& instance) {
  const Fd work = open_directory_at(AT_FDCWD, work_path);
  check_owner(work.get(), work_path);
  for (;;) {
    if (::mkdirat(work.get(), instance.c_str(), 0700) != 0 && errno != EEXIST)
      throw system_error(errno, "create " + work_path + "/" + instance);
    Fd directory = lock_instance(work.get(), instance);
    if (directory) {
      drop_inherited_rights(directory.get());
      const bool in_order = syncs_in_order(directory.get());
      return std::make_shared<const InstanceDirectory>(
          InstanceDirectory{std::move(directory), work_path + "/" + instance, in_order});
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
      throw system_error(errno, "open " + work_path + "/" + instance);
    if (errno != ENOENT)
      return nullptr;
  }
}

}  // namespace longshore::spool
