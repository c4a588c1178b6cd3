#include "housekeeping/content_hash.hpp"

#include <cstddef>
#include <vector>

namespace longshore::housekeeping {

std::string hash_of(decode::HashedSource& source, const Rest& rest) {
  std::vector<char> block(std::size_t{1} << 20);
  std::uint64_t since_rest = 0;
  while (const std::size_t got = source.read(block))
    if ((since_rest += got) >= k_rest_bytes) {
      rest();
      since_rest = 0;
    }
  return source.finish();
}

}  // namespace longshore::housekeeping
