#include "spool/archive/transfer.hpp"

#include "base/crash_point.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/log.hpp"
#include "spool/entries.hpp"

#include <array>
#include <cerrno>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace longshore::spool {
namespace {

constexpr std::size_t k_block_bytes = 1 << 20;

// Reads to the end; writes it to `out` as well unless that is -1.
std::string digest_of(int in, int out, const std::string& what) {
  Sha256 digest;
  std::vector<char> block(k_block_bytes);
  while (const std::size_t got = read_some(in, block, what)) {
    const std::string_view bytes{block.data(), got};
    digest.update(bytes);
    if (out >= 0)
      write_all(out, bytes, what);
  }
  return digest.finish();
}

bool is_moved_already(const Transfer& t, int source, const struct stat& st) {
  const Fd target = open_regular(t.to_directory, t.to);
  if (!target)
    return false;
  const struct stat there = stat_of(target.get(), t.what);
  return there.st_size == st.st_size && there.st_mtim.tv_sec == st.st_mtim.tv_sec &&
         digest_of(target.get(), -1, t.what) == digest_of(source, -1, t.what);
}

// Removes the copy of a failed attempt. After a successful rename this name does not exist.
struct Temporary {
  const Transfer& t;
  ~Temporary() { ::unlinkat(t.to_directory, t.temporary.c_str(), 0); }
};

// 0 if the copy is durable, was read back and has its final name; otherwise errno of the rename.
int copy_in(const Transfer& t, int source, const struct stat& st) {
  ::unlinkat(t.to_directory, t.temporary.c_str(), 0);
  const Fd copy{
      ::openat(t.to_directory, t.temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
  if (!copy)
    throw system_error(errno, "create a copy of " + t.what);
  const Temporary temporary{t};
  const std::string digest = digest_of(source, copy.get(), t.what);
  const std::array<timespec, 2> times = {st.st_atim, st.st_mtim};
  if (::fchown(copy.get(), st.st_uid, st.st_gid) != 0)
    log::debug("the owner of the copy of {} could not be set", t.what);  // only root may
  if (::fchmod(copy.get(), st.st_mode & 0777) != 0 || ::futimens(copy.get(), times.data()) != 0)
    log::debug("mode and times of the copy of {} could not be set", t.what);
  fsync_or_throw(copy.get(), "the copy of " + t.what);
  ::posix_fadvise(copy.get(), 0, 0, POSIX_FADV_DONTNEED);  // so that it is read back from the disk, not from memory
  if (::lseek(copy.get(), 0, SEEK_SET) != 0)
    throw system_error(errno, "seek in the copy of " + t.what);
  if (digest_of(copy.get(), -1, "the copy of " + t.what) != digest)
    throw Error(Fault::transient, "the copy of " + t.what + " differs from the original")
        .with_code("EIO")
        .exits(Exit::io_error);
  if (!t.sha256.empty() && t.sha256 != digest)
    log::warn("{} was changed after it was read; the changed file is archived", t.what);
  crash_point("after_copy");
  return rename_noreplace(t.to_directory, t.temporary, t.to_directory, t.to);
}

}  // namespace

int transfer(const Transfer& t) {
  const Fd source = open_regular(t.from_directory, t.from);
  if (!source && errno == ENOENT)
    return ENOENT;
  if (!source)
    throw system_error(errno, "open " + t.what);
  const struct stat st = stat_of(source.get(), t.what);
  if (!entry_stat(t.to_directory, t.to)) {
    if (const int code = copy_in(t, source.get(), st))
      return code;
    crash_point("after_copy_named");
  } else if (!is_moved_already(t, source.get(), st)) {
    return EEXIST;
  }
  sync_directory(t.to_directory, t.what);
  crash_point("before_source_unlinked");
  return ::unlinkat(t.from_directory, t.from.c_str(), 0) == 0 ? 0 : errno;
}

}  // namespace longshore::spool
