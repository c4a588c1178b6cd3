#include "decode/source.hpp"

#include <array>
#include <utility>

namespace longshore::decode {

UnpackedSource::UnpackedSource(int fd, std::string name, std::uint64_t limit)
    : m_packed(fd, std::move(name)), m_content(document_of(m_packed, "", limit)) {}

std::size_t UnpackedSource::read(std::span<char> out) {
  const std::size_t n = m_content->read(out);
  m_digest.update({out.data(), n});
  return n;
}

std::string UnpackedSource::finish() {
  std::array<char, 65536> rest;
  while (read(rest) > 0) {
  }
  m_packed.finish();  // throws if it changed
  return m_digest.finish();
}

}  // namespace longshore::decode
