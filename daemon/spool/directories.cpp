#include "spool/directories.hpp"

#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "spool/entries.hpp"
#include "spool/work/claim_id.hpp"
#include "spool/work/lock_check.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <initializer_list>
#include <set>

#include <fcntl.h>
#include <unistd.h>

namespace longshore::spool {
namespace {

Error set_up_error(const std::string& what, int code, const std::string& hint) {
  const bool is_permission = code == EACCES || code == EPERM || code == EROFS;
  return Error(Fault::fatal, what + ": " + std::strerror(code))
      .with_hint(hint)
      .exits(is_permission ? Exit::no_permission : Exit::config);
}

std::string quoted(const std::string& path) { return "\"" + escape(path) + "\""; }

Fd open_landing(const std::string& path) {
  Fd landing{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!landing && errno == ENOENT)
    throw set_up_error("landing directory " + quoted(path), ENOENT, "create it: mkdir -p " + escape(path));
  if (!landing)
    throw set_up_error("landing directory " + quoted(path), errno,
                       "landing must be a directory that this user may read");
  if (::faccessat(landing.get(), ".", R_OK | W_OK | X_OK, AT_EACCESS) != 0) {
    const int code = errno;
    const bool is_read_only = code == EROFS;  // most likely by ProtectSystem=strict
    throw set_up_error("landing directory " + quoted(path) + " cannot be written", code,
                       is_read_only
                           ? "under systemd, set ReadWritePaths= to the common parent of landing, processed and "
                             "failed"
                           : "longshore renames files out of it: give this user rwx on it");
  }
  return landing;
}

// In a sticky directory only the owner of a file or of the directory may rename the file.
void refuse_sticky(int landing, const std::string& path) {
  const struct stat st = stat_of(landing, path);
  if ((st.st_mode & S_ISVTX) != 0 && st.st_uid != ::geteuid() && ::geteuid() != 0)
    throw Error(Fault::fatal,
                "landing directory " + quoted(path) +
                    " is sticky and belongs to another user: files of other users in it cannot be claimed")
        .with_hint("chmod -t " + escape(path) + ", and use one group for uploaders and longshore (mode 2770)")
        .exits(Exit::no_permission);
}

void create(const std::string& path, unsigned mode) {
  try {
    make_directories(path, mode);
  } catch (const Error& error) {
    throw Error(Fault::fatal, error.what())
        .with_hint("create it yourself, owned by the user that longshore runs as")
        .exits(error.exit() == Exit::no_permission ? Exit::no_permission : Exit::cannot_create);
  }
  if (::access(path.c_str(), W_OK | X_OK) != 0)
    throw set_up_error("directory " + quoted(path) + " cannot be written", errno, "give this user rwx on it");
}

constexpr std::string_view k_probe = ".longshore-";  // hidden, so no daemon loads it
constexpr std::int64_t k_probe_age = 60;  // seconds; a younger one may belong to another daemon that starts now

// Removes the probe files of daemons that were killed during this check. They are empty, and no other program uses
// their names. Probes of clock and locks are removed in the work directory only, where no other program puts files.
void remove_old_probes(int directory, std::initializer_list<std::string_view> kinds) {
  for_each_entry(directory, [&](const char* entry) {
    const std::string_view name{entry};
    if (std::ranges::none_of(kinds, [&](std::string_view kind) { return name.starts_with(kind); }))
      return;
    if (name.starts_with(k_probe) && !is_claim_id(name.substr(k_probe.size())))
      return;
    const auto st = entry_stat(directory, entry);
    if (st && S_ISREG(st->st_mode) && st->st_size == 0 && st->st_mtim.tv_sec + k_probe_age < ::time(nullptr))
      ::unlinkat(directory, entry, 0);
  });
}

// A link to another disk is made by the operator. A link made by an uploader could send the files anywhere.
void refuse_foreign_link(const std::string& path) {
  struct stat st {};
  if (::lstat(path.c_str(), &st) == 0 && S_ISLNK(st.st_mode) && st.st_uid != ::geteuid() && st.st_uid != 0)
    throw Error(Fault::fatal, "directory " + quoted(path) + " is a link made by the user " + std::to_string(st.st_uid))
        .with_hint("remove it, or set the path of the directory itself")
        .exits(Exit::no_permission);
}

// A warning, not an error: the operator may have set these rights on purpose.
void warn_if_writable_by_all(const std::string& path, const char* what) {
  struct stat st {};
  if (::stat(path.c_str(), &st) == 0 && (st.st_mode & S_IWOTH) != 0 && (st.st_mode & S_ISVTX) == 0)
    log::warn("every user may write in {}: {}", quoted(path), what);
}

void warn_if_any_writable_by_all(const Directories& d) {
  std::set<std::string> parents;
  for (const std::string& path : {d.processed, d.failed}) {
    warn_if_writable_by_all(path, "the files kept there can be changed and removed");
    parents.insert(std::filesystem::path{path}.parent_path());
  }
  for (const std::string& path : parents)
    warn_if_writable_by_all(path, "the directories there can be replaced");
}

// A rename between mounts fails, so each file is copied. In a container this is usually a directory that nobody
// mounted.
void warn_if_on_another_mount(int landing, const std::string& path) {
  const Fd directory{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (directory && mount_id(directory.get()) != mount_id(landing))
    log::warn(
        "{} is on another mount than the landing directory: each file is copied there; in a container, check that "
        "it is a volume",
        quoted(path));
}

void try_rename(int landing, int work, const Directories& d) {
  remove_old_probes(landing, {k_probe});
  remove_old_probes(work, {k_probe, ".lock-", ".clock-"});
  const std::string probe = std::string{k_probe} + new_claim_id(now_micros());
  const Fd file{::openat(landing, probe.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
  if (!file)
    throw set_up_error("create a file in " + quoted(d.landing), errno, "give this user rwx on it");
  if (::renameat(landing, probe.c_str(), work, probe.c_str()) != 0) {
    const int code = errno;
    ::unlinkat(landing, probe.c_str(), 0);
    throw set_up_error("rename from " + quoted(d.landing) + " to " + quoted(d.work), code,
                       code == EXDEV ? "both must be on one mount; under systemd, ReadWritePaths= must contain their "
                                       "common parent, not each of them"
                                     : "give this user rwx on both");
  }
  ::unlinkat(work, probe.c_str(), 0);
}

}  // namespace

Directories Directories::beside(const std::string& landing) {
  auto path = std::filesystem::absolute(landing).lexically_normal();
  if (!path.has_filename() && path.has_relative_path())  // "/in/landing/"
    path = path.parent_path();
  const auto parent = path.parent_path();
  return {path, path / ".work", parent / "processed", parent / "failed"};
}

bool Directories::is_own(const std::string& path) const {
  return path == landing || path == work || path == processed || path == failed;
}

void prepare(const Directories& d) {
  const Fd landing = open_landing(d.landing);
  refuse_sticky(landing.get(), d.landing);
  refuse_foreign_link(d.processed);
  refuse_foreign_link(d.failed);
  create(d.work, 0700);
  create(d.processed, 0750);
  create(d.failed, 0750);
  const Fd work{::open(d.work.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  if (!work)
    throw set_up_error("work directory " + quoted(d.work), errno, "it must be a directory, not a link");
  try_rename(landing.get(), work.get(), d);
  check_locks(work.get(), d.work);
  warn_if_any_writable_by_all(d);
  warn_if_on_another_mount(landing.get(), d.processed);
  warn_if_on_another_mount(landing.get(), d.failed);
}

}  // namespace longshore::spool
