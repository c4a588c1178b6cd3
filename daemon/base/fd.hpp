// A file descriptor that closes itself, and the few system calls that need a retry or an Error around them.
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

// Up to out.size() bytes, 0 at the end of the file; EINTR is retried. Throws system_error (EIO is transient: a read
// error must never pass for the end of a file).
std::size_t read_some(int fd, std::span<char> out, const std::string& what);
// A file's content; what there is of it when `fault` says why not all.
std::string read_whole(const std::string& path, std::error_code& fault);
// All of it, or system_error.
void write_all(int fd, std::string_view bytes, const std::string& what);
struct stat stat_of(int fd, const std::string& what);
void fsync_or_throw(int fd, const std::string& what);

// A directory as an O_DIRECTORY descriptor; parents are not created. Throws system_error.
Fd open_directory(const std::string& path);
// mkdir -p with the given mode for what is missing.
void make_directories(const std::string& path, unsigned mode = 0750);

}  // namespace longshore
