#include "base/fd.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

#include <array>
#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <unistd.h>

namespace longshore {

void Fd::reset() noexcept {
  if (m_fd >= 0)
    ::close(m_fd);
  m_fd = -1;
}

std::size_t read_some(int fd, std::span<char> out, const std::string& what) {
  for (;;) {
    const ssize_t n = ::read(fd, out.data(), out.size());
    if (n >= 0)
      return static_cast<std::size_t>(n);
    if (errno != EINTR)
      throw system_error(errno, "read " + what);
  }
}

std::string read_whole(const std::string& path, std::error_code& fault) {
  std::string content;
  const Fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  std::array<char, 4096> part{};
  for (;;) {
    const ssize_t n = file ? ::read(file.get(), part.data(), part.size()) : -1;
    if (n > 0) {
      content.append(part.data(), static_cast<std::size_t>(n));
    } else if (n == 0 || errno != EINTR) {
      fault = n == 0 ? std::error_code{} : std::error_code{errno, std::generic_category()};
      return content;
    }
  }
}

void write_all(int fd, std::string_view bytes, const std::string& what) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      throw system_error(errno, "write " + what);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

void replace_file(const std::string& path, std::string_view text, unsigned mode) {
  const std::string temporary = path + ".tmp";
  ::unlink(temporary.c_str());  // of an earlier process
  const Fd fd{::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)};
  if (!fd)
    throw system_error(errno, "open " + escape(temporary));
  ::fchmod(fd.get(), mode);  // despite the umask
  write_all(fd.get(), text, "write " + escape(temporary));
  if (::rename(temporary.c_str(), path.c_str()) != 0)
    throw system_error(errno, "rename to " + escape(path));
}

struct stat stat_of(int fd, const std::string& what) {
  struct stat st {};
  if (::fstat(fd, &st) != 0)
    throw system_error(errno, "fstat " + what);
  return st;
}

void fsync_or_throw(int fd, const std::string& what) {
  if (::fsync(fd) != 0)
    throw system_error(errno, "fsync " + what);
}

Fd open_directory(const std::string& path) {
  Fd fd{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!fd)
    throw system_error(errno, "open directory " + path);
  return fd;
}

void make_directories(const std::string& path, unsigned mode) {
  for (std::size_t end = 1; end != std::string::npos;) {
    end = path.find('/', end + 1);
    const std::string part = path.substr(0, end);
    if (::mkdir(part.c_str(), mode) != 0 && errno != EEXIST)
      throw system_error(errno, "create directory " + part);
  }
}

}  // namespace longshore
