// Opens the document in a file, and ends it after a limit.
#pragma once

#include "base/fd.hpp"
#include "decode/source.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace longshore::admin {

// Thrown by read() at the limit: the rest of the document is not needed.
struct LimitReached {};

class BoundedDocument final : public decode::ByteSource {
 public:
  // Throws system_error if the file cannot be read.
  BoundedDocument(const std::string& path, std::uint64_t limit);

  std::size_t read(std::span<char> out) override;
  std::unique_ptr<decode::ByteSource> again() const override;

 private:
  std::string m_path;
  std::uint64_t m_limit;
  Fd m_file;
  decode::FileSource m_raw;
  std::unique_ptr<decode::ByteSource> m_document;
  std::uint64_t m_left;
};

}  // namespace longshore::admin
