#include "spool/beneath.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "spool/entries.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace longshore::spool {
namespace {

Fd try_to_open(int root, const char* path) {
  open_how how{};
  how.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS;
  return Fd{static_cast<int>(::syscall(SYS_openat2, root, path, &how, sizeof how))};
}

// With exactly these rights: the umask of this process does not apply to a directory of producers. A group or an access
// list is inherited. As root (`retry`) it gets the owner of the directory around it, too: the daemon must be able to
// move files out of it.
Fd create_beneath(int parent, const std::string& name) {
  const struct stat around = stat_of(parent, "the directory around " + name);
  const bool is_created = ::mkdirat(parent, name.c_str(), around.st_mode & 0777) == 0;
  if (!is_created && errno != EEXIST)
    return {};
  Fd created = open_beneath(parent, name);
  if (is_created && created) {
    if (::geteuid() == 0 && ::fchown(created.get(), around.st_uid, static_cast<gid_t>(-1)) != 0)
      log::debug("the owner of the directory {} could not be set", escape(name));
    ::fchmod(created.get(), (around.st_mode & 0777) | (stat_of(created.get(), name).st_mode & S_ISGID));
    sync_directory(parent, "the directory around " + name);
  }
  return created;
}

}  // namespace

std::string_view last_part(std::string_view path) { return path.substr(path.rfind('/') + 1); }

std::string_view directory_part(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
}

Fd open_beneath(int root, const std::string& path) {
  Fd directory = try_to_open(root, path.c_str());
  if (!directory && errno == EXDEV)  // also if it was moved out of `root` during the walk: then it is gone now
    directory = try_to_open(root, path.c_str());
  if (!directory && (errno == EMFILE || errno == ENFILE || errno == ENOMEM))
    throw system_error(errno, "open directory " + path);
  return directory;
}

Fd make_beneath(int root, std::string_view path) {
  Fd at{::openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  while (at && !path.empty()) {
    const std::string part{path.substr(0, path.find('/'))};
    path.remove_prefix(std::min(part.size() + 1, path.size()));
    Fd below = open_beneath(at.get(), part);
    if (!below && errno == ENOENT)
      below = create_beneath(at.get(), part);
    const int code = errno;  // of this part, not of the close that the assignment does
    at = std::move(below);
    errno = code;
  }
  return at;
}

Parent::Parent(int root, const std::string& path) : m_name(last_part(path)), m_fd(root) {
  if (m_name.size() == path.size())
    return;
  m_opened = open_beneath(root, std::string{directory_part(path)});
  m_fd = m_opened.get();
}

void require_openat2() {
  const Fd root = open_directory("/");
  if (try_to_open(root.get(), "."))
    return;
  throw Error(Fault::fatal, std::string{"recursive: "} + system_error(errno, "openat2").what())
      .with_hint("directories in landing need Linux 5.6 or later and, in a container, a seccomp profile with openat2; "
                 "or set recursive = false")
      .exits(Exit::config);
}

}  // namespace longshore::spool
