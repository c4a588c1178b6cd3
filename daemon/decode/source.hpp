// The bytes of a document, from a file or from memory. A file is hashed as it is on disk and decompressed as a stream.
#pragma once

#include "base/digest.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace longshore::decode {

class ByteStream {
 public:
  virtual ~ByteStream() = default;
  // Up to out.size() bytes; 0 at the end. Throws Error: transient for a read error, bad_file for invalid compressed
  // data.
  virtual std::size_t read(std::span<char> out) = 0;
};

// A stream that can be read a second time.
class ByteSource : public ByteStream {
 public:
  // Another reading of the same bytes from the start, independent of this one and not hashed. What this source reads
  // from must outlive it.
  virtual std::unique_ptr<ByteSource> again() const = 0;
};

// The bytes of a file as it was loaded, hashed while they are read.
class HashedSource : public ByteSource {
 public:
  // Reads the rest, then returns the SHA-256 of all bytes. Throws contention if the file changed since the start: the
  // bytes may be from two versions of it.
  virtual std::string finish() = 0;
};

// A regular file from its start, by read(2): truncating a mapped file would end the process with SIGBUS.
class FileSource : public HashedSource {
 public:
  // Does not own the descriptor. `name` is for messages, escaped.
  FileSource(int fd, std::string name);

  std::size_t read(std::span<char> out) override;
  std::unique_ptr<ByteSource> again() const override;
  // A change is one of the size or mtime, or another number of bytes than the size.
  std::string finish() override;
  std::uint64_t bytes_read() const { return m_bytes; }

 private:
  int m_fd;
  std::string m_name;
  Sha256 m_digest;
  std::uint64_t m_size;
  std::int64_t m_modified_seconds;
  std::int64_t m_modified_nanoseconds;
  std::uint64_t m_bytes = 0;
};

// The content of a file that was compressed after it was loaded, by gzip or zstd; of another file, its bytes. Throws
// bad_file for invalid or truncated data, and after `limit` bytes: give the size that the file had.
class UnpackedSource : public HashedSource {
 public:
  UnpackedSource(int fd, std::string name, std::uint64_t limit);

  std::size_t read(std::span<char> out) override;
  std::unique_ptr<ByteSource> again() const override { return m_content->again(); }
  std::string finish() override;

 private:
  FileSource m_packed;
  std::unique_ptr<ByteSource> m_content;
  Sha256 m_digest;
};

class MemorySource : public ByteSource {
 public:
  explicit MemorySource(std::string_view bytes) : m_bytes(bytes), m_rest(bytes) {}
  std::size_t read(std::span<char> out) override;
  std::unique_ptr<ByteSource> again() const override { return std::make_unique<MemorySource>(m_bytes); }

 private:
  std::string_view m_bytes;
  std::string_view m_rest;
};

// Error::code() of a document or compressed data that ends too early: it is truncated, or still being written.
inline constexpr const char* k_ends_early = "ends early";

// The document inside `raw`, which must outlive it; decompressed if its first bytes are those of gzip or zstd. Reads
// them at once. Throws bad_file for other compressed content, with a hint. Its read() throws bad_file for invalid or
// truncated data, and after `limit` decompressed bytes (a decompression bomb).
std::unique_ptr<ByteSource> document_of(ByteSource& raw, std::string_view file_name, std::uint64_t limit);

}  // namespace longshore::decode
