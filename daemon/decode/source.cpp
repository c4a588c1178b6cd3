#include "decode/source.hpp"

#include "base/error.hpp"
#include "base/fd.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <unistd.h>

namespace longshore::decode {
namespace {

// Leaves the descriptor's offset alone.
class SecondReading : public ByteSource {
 public:
  SecondReading(int fd, std::string name) : m_fd(fd), m_name(std::move(name)) {}

  std::size_t read(std::span<char> out) override {
    ssize_t n = 0;
    do
      n = ::pread(m_fd, out.data(), out.size(), static_cast<off_t>(m_bytes));
    while (n < 0 && errno == EINTR);
    if (n < 0)
      throw system_error(errno, "read " + m_name);
    m_bytes += static_cast<std::uint64_t>(n);
    return static_cast<std::size_t>(n);
  }
  std::unique_ptr<ByteSource> again() const override { return std::make_unique<SecondReading>(m_fd, m_name); }

 private:
  int m_fd;
  std::string m_name;
  std::uint64_t m_bytes = 0;
};

}  // namespace

FileSource::FileSource(int fd, std::string name) : m_fd(fd), m_name(std::move(name)) {
  const struct stat st = stat_of(m_fd, m_name);
  m_size = static_cast<std::uint64_t>(st.st_size);
  m_modified_seconds = st.st_mtim.tv_sec;
  m_modified_nanoseconds = st.st_mtim.tv_nsec;
  if (::lseek(m_fd, 0, SEEK_SET) != 0)
    throw system_error(errno, "seek in " + m_name);
}

std::size_t FileSource::read(std::span<char> out) {
  const std::size_t n = read_some(m_fd, out, m_name);
  m_digest.update({out.data(), n});
  m_bytes += n;
  return n;
}

std::unique_ptr<ByteSource> FileSource::again() const { return std::make_unique<SecondReading>(m_fd, m_name); }

std::string FileSource::finish() {
  std::array<char, 65536> rest;
  while (read(rest) > 0) {
  }
  const struct stat st = stat_of(m_fd, m_name);
  if (m_bytes != m_size || static_cast<std::uint64_t>(st.st_size) != m_size ||
      st.st_mtim.tv_sec != m_modified_seconds || st.st_mtim.tv_nsec != m_modified_nanoseconds)
    throw Error{Fault::contention, m_name + " changed while it was read"};
  return m_digest.finish();
}

std::size_t MemorySource::read(std::span<char> out) {
  const std::size_t n = std::min(out.size(), m_rest.size());
  if (n > 0)
    std::memcpy(out.data(), m_rest.data(), n);
  m_rest.remove_prefix(n);
  return n;
}

}  // namespace longshore::decode
