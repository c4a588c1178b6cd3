// Where the bytes of a document come from: a file or memory, hashed as they are on disk, decompressed as they stream.
#pragma once

#include "base/digest.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace longshore::decode {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Up to out.size() bytes; 0 at the end. Throws Error: transient for a read error, bad_file for bytes that are no gzip …
  virtual std::size_t read(std::span<char> out) = 0;
};

// A regular file from its beginning, by read(2): a file that is cut short while it is mapped would kill the process.
class FileSource : public ByteSource {
 public:
  // Keeps neither the descriptor nor the name longer than itself; `name` is for messages, escaped.
  FileSource(int fd, std::string name);

  std::size_t read(std::span<char> out) override;
  // Reads what is left, then gives the SHA-256 of the whole file. Throws transient when the file's size or mtime moved since
  // the beginning, or another number of bytes came than it has: what was read is of no one version of it.
  std::string finish();
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

class MemorySource : public ByteSource {
 public:
  explicit MemorySource(std::string_view bytes) : m_rest(bytes) {}
  std::size_t read(std::span<char> out) override;

 private:
  std::string_view m_rest;
};

// Error::code() of a document, or of compressed data, that ends before it is whole: it broke off, or somebody is still writing it.
inline constexpr const char* k_ends_early = "ends early";

// The document inside `raw`, which must outlive it: decompressed when the file's name ends in .gz or .zst. More than
// `limit` bytes of document are a bad file (a decompression bomb), as is compressed data that ends too early or goes wrong.
std::unique_ptr<ByteSource> document_of(ByteSource& raw, std::string_view file_name, std::uint64_t limit);

}  // namespace longshore::decode
