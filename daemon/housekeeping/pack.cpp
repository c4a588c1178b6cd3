#include "housekeeping/pack.hpp"

#include "base/crash_point.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/log.hpp"
#include "base/packer.hpp"
#include "decode/source.hpp"

#include <array>
#include <cerrno>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace longshore::housekeeping {
namespace {

constexpr std::size_t k_block = std::size_t{1} << 20;  // bytes

// Removed again unless it is kept.
class Temporary {
 public:
  explicit Temporary(const PackRequest& request) : m_request(request) {
    ::unlinkat(request.directory, request.temporary.c_str(), 0);
    m_fd = Fd{::openat(request.directory, request.temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                       0600)};
    if (!m_fd)
      throw system_error(errno, "create a compressed copy of " + request.what);
  }
  ~Temporary() {
    if (!m_is_kept)
      ::unlinkat(m_request.directory, m_request.temporary.c_str(), 0);
  }
  Temporary(const Temporary&) = delete;

  int fd() const { return m_fd.get(); }
  void keep() { m_is_kept = true; }

 private:
  const PackRequest& m_request;
  Fd m_fd;
  bool m_is_kept = false;
};

// Returns the hash of what was read.
std::string compress(const PackRequest& request, int out) {
  if (::lseek(request.file, 0, SEEK_SET) != 0)
    throw system_error(errno, "seek in " + request.what);
  const auto packer = packer_for(Compression::zstd, k_zstd_level, out, "the compressed copy of " + request.what);
  Sha256 digest;
  std::vector<char> block(k_block);
  std::uint64_t since_rest = 0;
  for (bool is_end = false; !is_end;) {
    const std::size_t got = read_some(request.file, block, request.what);
    is_end = got == 0;
    digest.update({block.data(), got});
    packer->write({block.data(), got}, is_end);
    if ((since_rest += got) >= k_rest_bytes) {
      request.rest();
      since_rest = 0;
    }
  }
  return digest.finish();
}

void copy_attributes(const PackRequest& request, int copy) {
  const struct stat st = stat_of(request.file, request.what);
  const std::array<timespec, 2> times = {st.st_atim, st.st_mtim};
  if (::fchown(copy, st.st_uid, st.st_gid) != 0)
    log::debug("the owner of the compressed copy of {} could not be set", request.what);  // only root may
  if (::fchmod(copy, st.st_mode & 0777) != 0 || ::futimens(copy, times.data()) != 0)
    log::debug("mode and times of the compressed copy of {} could not be set", request.what);
}

bool can_be_read(const PackRequest& request, int copy) try {
  ::posix_fadvise(copy, 0, 0, POSIX_FADV_DONTNEED);  // so that it is read back from the disk, not from memory
  decode::UnpackedSource content{copy, request.what, request.size_bytes};
  return hash_of(content, request.rest) == request.sha256;
} catch (const Error& error) {
  if (error.fault() != Fault::bad_file)
    throw;
  return false;
}

}  // namespace

std::optional<std::uint64_t> pack(const PackRequest& request) {
  Temporary copy{request};
  const std::string sha256 = compress(request, copy.fd());
  ::posix_fadvise(request.file, 0, 0, POSIX_FADV_DONTNEED);  // loads need the memory
  const auto bytes = static_cast<std::uint64_t>(stat_of(copy.fd(), request.what).st_size);
  if (sha256 != request.sha256 || bytes >= request.size_bytes)
    return {};
  copy_attributes(request, copy.fd());
  fsync_or_throw(copy.fd(), "the compressed copy of " + request.what);
  crash_point("packed_written");
  if (!can_be_read(request, copy.fd()))
    throw Error(Fault::transient, "the compressed copy of " + request.what + " cannot be read back").with_code("EIO");
  copy.keep();
  return bytes;
}

}  // namespace longshore::housekeeping
