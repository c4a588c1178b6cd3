#include "base/nameless_file.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace longshore {
namespace {

constexpr mode_t k_mode = 0666;  // the umask applies

constexpr int k_most_names = 1000;

// Another process has another id, and this one counts; but a container that was killed may have left such a file.
std::string unused_name(const std::string& directory) {
  static std::atomic<unsigned> count{0};
  return directory + "/.longshore-" + std::to_string(::getpid()) + "-" + std::to_string(++count) + ".part";
}

std::string directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

std::string path_of(const Fd& fd) { return "/proc/self/fd/" + std::to_string(fd.get()); }

bool lacks_nameless_files(int code) { return code == EOPNOTSUPP || code == EISDIR || code == EINVAL; }

}  // namespace

NamelessFile::NamelessFile(const std::string& directory)
    : m_fd(::open(directory.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, k_mode)) {
  // the link of publish() goes through /proc
  if (m_fd && ::access(path_of(m_fd).c_str(), F_OK) == 0)
    return;
  if (!m_fd && !lacks_nameless_files(errno))
    throw system_error(errno, "create a file in " + escape(directory));
  for (int tries = 0; tries == 0 || (!m_fd && errno == EEXIST && tries < k_most_names); ++tries) {
    m_temporary = unused_name(directory);
    m_fd = Fd{::open(m_temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, k_mode)};
  }
  if (!m_fd) {
    const int code = errno;
    m_temporary.clear();
    throw system_error(code, "create a file in " + escape(directory));
  }
}

NamelessFile::~NamelessFile() {
  if (!m_temporary.empty())
    ::unlink(m_temporary.c_str());
}

// A link cannot replace a file, a rename can.
void NamelessFile::publish(const std::string& path) {
  const std::string directory = directory_of(path);
  if (m_temporary.empty()) {
    std::string hidden;
    int fault = EEXIST;
    for (int tries = 0; fault == EEXIST && tries < k_most_names; ++tries) {
      hidden = unused_name(directory);
      const std::string file = path_of(m_fd);
      fault = ::linkat(AT_FDCWD, file.c_str(), AT_FDCWD, hidden.c_str(), AT_SYMLINK_FOLLOW) == 0 ? 0 : errno;
    }
    if (fault != 0)
      throw system_error(fault, "create " + escape(path));
    m_temporary = std::move(hidden);
  }
  if (::rename(m_temporary.c_str(), path.c_str()) != 0)
    throw system_error(errno, "rename to " + escape(path));
  m_temporary.clear();
  fsync_or_throw(open_directory(directory).get(), escape(directory));
}

}  // namespace longshore
