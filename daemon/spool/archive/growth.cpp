#include "spool/archive/growth.hpp"

#include "base/digest.hpp"
#include "base/fd.hpp"
#include "base/time.hpp"

#include <algorithm>
#include <vector>

#include <sys/stat.h>

namespace longshore::spool {
namespace {

constexpr std::size_t k_block = std::size_t{1} << 20;

// Reads the file from its current position: the hash of `length` bytes, and of all up to `size`.
struct Digests {
  std::string begin;
  std::string all;
  std::uint64_t bytes = 0;
};

Digests digests_of(int file, std::uint64_t length, std::uint64_t size, const std::string& name) {
  Digests digests;
  Sha256 begin;
  Sha256 all;
  std::vector<char> block(k_block);
  while (digests.bytes < size) {
    // one read does not go beyond `length`, where the two hashes part
    const std::uint64_t end = digests.bytes < length ? length : size;
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(end - digests.bytes, block.size()));
    const std::size_t got = read_some(file, {block.data(), wanted}, name);
    if (got == 0)
      break;
    if (digests.bytes < length)
      begin.update({block.data(), got});
    all.update({block.data(), got});
    digests.bytes += got;
  }
  digests.begin = begin.finish();
  digests.all = all.finish();
  return digests;
}

}  // namespace

std::optional<Growth> growth_of(int file, std::uint64_t size_bytes, const std::string& sha256,
                                const std::string& name) {
  const struct stat st = stat_of(file, name);
  const auto size = static_cast<std::uint64_t>(st.st_size);
  if (size <= size_bytes || sha256.empty())
    return {};
  const Digests digests = digests_of(file, size_bytes, size, name);
  if (digests.begin != sha256 || digests.bytes != size)
    return {};
  return Growth{size, digests.all, micros_of(st.st_mtim.tv_sec, st.st_mtim.tv_nsec)};
}

}  // namespace longshore::spool
