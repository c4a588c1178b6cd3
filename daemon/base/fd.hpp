// A file descriptor that closes itself, and system calls that retry on EINTR and throw an Error.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <sys/stat.h>

namespace longshore {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) noexcept : m_fd(fd) {}
  Fd(Fd&& other) noexcept : m_fd(std::exchange(other.m_fd, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) {
      reset();
      m_fd = std::exchange(other.m_fd, -1);
    }
    return *this;
  }
  ~Fd() { reset(); }

  int get() const noexcept { return m_fd; }
  explicit operator bool() const noexcept { return m_fd >= 0; }
  void reset() noexcept;

 private:
  int m_fd = -1;
};

// Reads up to out.size() bytes; 0 at the end of the file. Throws system_error: a read error must not look like the end
// of the file.
std::size_t read_some(int fd, std::span<char> out, const std::string& what);
// Returns the content of a file. If `fault` is set on return, the content is incomplete.
std::string read_whole(const std::string& path, std::error_code& fault);
// Writes all bytes, or throws system_error.
void write_all(int fd, std::string_view bytes, const std::string& what);
// Writes the text to PATH.tmp and renames it: a reader sees the old file or the new one. Not durable. Throws system_error.
void replace_file(const std::string& path, std::string_view text, unsigned mode);
struct stat stat_of(int fd, const std::string& what);
void fsync_or_throw(int fd, const std::string& what);

// Opens a directory; does not create it. Throws system_error.
Fd open_directory(const std::string& path);
// mkdir -p, with this mode for each directory it creates.
void make_directories(const std::string& path, unsigned mode = 0750);

}  // namespace longshore
