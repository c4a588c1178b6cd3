#include "support/mount.hpp"

#include "base/error.hpp"
#include "base/fd.hpp"
#include "support/skip.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

namespace longshore::test {
namespace {

bool skip_unless_allowed() {
  if (!Mount::is_allowed())
    skip_case("mounts are not allowed");
  return Mount::is_allowed();
}

void mount_or_throw(const char* what, const std::string& directory, unsigned long flags, const char* options) {
  if (::mount(what, directory.c_str(), what, flags, options) != 0)
    throw system_error(errno, "mount " + directory);
}

}  // namespace

// Enters a private mount namespace, once per process: only this process and its children see later mounts.
bool Mount::is_allowed() {
  static const bool is_private =
      ::unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
  return is_private;
}

std::optional<Mount> Mount::tmpfs(const std::string& directory, const std::string& options) {
  if (!skip_unless_allowed())
    return {};
  mount_or_throw("tmpfs", directory, 0, options.c_str());
  return Mount{directory, Kind::tmpfs};
}

std::optional<Mount> Mount::bind(const std::string& directory, const std::string& place) {
  if (!skip_unless_allowed())
    return {};
  mount_or_throw(directory.c_str(), place, MS_BIND, nullptr);
  return Mount{place, Kind::bind};
}

Mount::~Mount() {
  if (!m_directory.empty())
    ::umount2(m_directory.c_str(), MNT_DETACH);
}

void Mount::resize(const std::string& options) const {
  mount_or_throw("tmpfs", m_directory, MS_REMOUNT, options.c_str());
}

void Mount::read_only(bool is_read_only) const {
  unsigned long flags = MS_REMOUNT;
  if (m_kind == Kind::bind)
    flags |= MS_BIND;
  if (is_read_only)
    flags |= MS_RDONLY;
  if (::mount("none", m_directory.c_str(), nullptr, flags, nullptr) != 0)
    throw system_error(errno, "remount " + m_directory);
}

void Mount::unmount() {
  if (::umount2(m_directory.c_str(), MNT_DETACH) != 0)
    throw system_error(errno, "unmount " + m_directory);
  m_directory.clear();
}

void fill(const std::string& path) {
  const Fd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)};
  std::array<char, 4096> block{};
  for (std::size_t size = block.size(); size > 0;)
    if (const ssize_t n = ::write(file.get(), block.data(), size); n < 0)
      size = size == block.size() ? 1 : 0;
  REQUIRE(errno == ENOSPC);
}

}  // namespace longshore::test
