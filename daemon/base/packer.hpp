// Writes a stream of bytes to a file, compressed by gzip or zstd, or as it is.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace longshore {

enum class Compression { none, gzip, zstd };

// ".gz", ".zst", or "".
std::string_view suffix_of(Compression compression);
// By the end of a file's name.
Compression compression_of(std::string_view name);

// The levels of gzip(1) and zstd(1). The fast ones are for data that is read once.
inline constexpr int k_fast_level = 1;
inline constexpr int k_zstd_level = 3;
inline constexpr int k_gzip_level = 6;

class Packer {
 public:
  virtual ~Packer() = default;
  // Throws system_error, with the file's name, and Error{transient} if the bytes cannot be compressed. `is_last` ends
  // the stream: without it the file is incomplete.
  virtual void write(std::string_view bytes, bool is_last) = 0;
};

// Writes to `fd`, which must stay open. `name` is for messages. `level` has no effect without compression.
std::unique_ptr<Packer> packer_for(Compression compression, int level, int fd, const std::string& name);

}  // namespace longshore
