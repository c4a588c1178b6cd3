#include "spool/entries.hpp"

#include "base/digest.hpp"
#include "base/error.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <string_view>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

namespace longshore::spool {
namespace {

struct CloseListing {
  void operator()(DIR* listing) const { ::closedir(listing); }
};

}  // namespace

std::optional<struct stat> entry_stat(int directory, const std::string& name) {
  struct stat st {};
  if (::fstatat(directory, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0)
    return st;
  if (errno == ENOENT || errno == ENOTDIR)
    return std::nullopt;
  throw system_error(errno, "stat");
}

bool is_same_inode(const struct stat& a, const struct stat& b) { return a.st_dev == b.st_dev && a.st_ino == b.st_ino; }

std::uint64_t mount_id(int fd) {
  struct statx st {};
  const bool is_known = ::statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &st) == 0 && (st.stx_mask & STATX_MNT_ID) != 0;
  return is_known ? st.stx_mnt_id : 0;
}

int rename_noreplace(int from_directory, const std::string& from, int to_directory, const std::string& to) {
  if (::renameat2(from_directory, from.c_str(), to_directory, to.c_str(), RENAME_NOREPLACE) == 0)
    return 0;
  if (errno != EINVAL && errno != ENOSYS)
    return errno;
  if (::linkat(from_directory, from.c_str(), to_directory, to.c_str(), 0) != 0)
    return errno;
  return ::unlinkat(from_directory, from.c_str(), 0) == 0 ? 0 : errno;
}

Fd open_regular(int directory, const std::string& name) {
  struct stat st {};
  return open_regular(directory, name, st);
}

Fd open_regular(int directory, const std::string& name, struct stat& st) {
  constexpr int k_flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  // Without O_NOATIME the kernel writes the access time at the first read after a change. Only the file's owner and
  // root may set it: after the first refusal it is not tried again.
  static std::atomic<bool> may_skip_atime{true};
  const int skip_atime = may_skip_atime ? O_NOATIME : 0;
  Fd file{::openat(directory, name.c_str(), k_flags | skip_atime)};
  if (!file && errno == EPERM && skip_atime != 0) {
    may_skip_atime = false;
    file = Fd{::openat(directory, name.c_str(), k_flags)};
  }
  if (!file || (::fstat(file.get(), &st) == 0 && S_ISREG(st.st_mode)))
    return file;
  file.reset();
  errno = ELOOP;
  return file;
}

void make_directory(const std::string& path, unsigned mode) {
  if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST)
    throw system_error(errno, "create directory " + path);
}

Fd open_directory_at(int directory, const std::string& name) {
  Fd fd{::openat(directory, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  if (!fd)
    throw system_error(errno, "open directory " + name);
  return fd;
}

void sync_directory(int directory, const std::string& what) {
  if (::fsync(directory) != 0 && errno != EINVAL)
    throw system_error(errno, "fsync " + what);
}

void for_each_entry(int directory, const std::function<void(const char* name)>& visit) {
  // a new descriptor: the caller's would share its read position
  const int own = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, CloseListing> listing{own >= 0 ? ::fdopendir(own) : nullptr};
  if (!listing) {
    const Fd unused{own};
    throw system_error(errno, "list directory");
  }
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(listing.get());
    if (!entry && errno != 0)
      throw system_error(errno, "list directory");
    if (!entry)
      return;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..")
      visit(entry->d_name);
  }
}

namespace {

void visit_below(int directory, const std::string& below,
                 const std::function<void(const std::string& path, const struct stat& st)>& visit) {
  for_each_entry(directory, [&](const char* name) {
    const auto st = entry_stat(directory, name);
    if (!st)
      return;
    const std::string path = below + name;
    visit(path, *st);
    const Fd inside{S_ISDIR(st->st_mode) ? ::openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                                         : -1};
    if (inside)
      visit_below(inside.get(), path + "/", visit);
    else if (S_ISDIR(st->st_mode) && errno != ENOENT)  // removed since
      throw system_error(errno, "open directory " + path);
  });
}

}  // namespace

void for_each_below(int directory, const std::function<void(const std::string& path, const struct stat& st)>& visit) {
  visit_below(directory, "", visit);
}

void make_directories_of(int directory, const std::string& path) {
  for (std::size_t end = path.find('/'); end != std::string::npos; end = path.find('/', end + 1))
    if (const std::string part = path.substr(0, end); ::mkdirat(directory, part.c_str(), 0700) != 0 && errno != EEXIST)
      throw system_error(errno, "create directory " + part);
}

void remove_empty_below(int directory) {
  std::vector<std::string> directories;
  for_each_below(directory, [&](const std::string& path, const struct stat& st) {
    if (S_ISDIR(st.st_mode))
      directories.push_back(path);
  });
  for (auto path = directories.rbegin(); path != directories.rend(); ++path)  // those below come first
    ::unlinkat(directory, path->c_str(), AT_REMOVEDIR);
}

std::string name_hash(std::string_view text) {
  std::array<char, 24> hex{};
  std::snprintf(hex.data(), hex.size(), "%016llx", static_cast<unsigned long long>(xxh3(text, 0)));
  return hex.data();
}

bool is_empty_directory(int directory, const std::string& name) {
  const int own = ::openat(directory, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  const std::unique_ptr<DIR, CloseListing> listing{own >= 0 ? ::fdopendir(own) : nullptr};
  if (!listing) {
    const Fd unused{own};
    return false;
  }
  errno = 0;
  int entries = 0;  // "." and ".." are two
  while (entries <= 2 && ::readdir(listing.get()))
    ++entries;
  return entries <= 2 && errno == 0;
}

}  // namespace longshore::spool
