#include "admin/export/export_files.hpp"

#include "base/crash_point.hpp"
#include "base/error.hpp"
#include "base/text.hpp"

#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <type_traits>
#include <utility>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace longshore::admin {
namespace {

constexpr std::string_view k_standard_output = "-";

std::string hint_for(const std::string& code) {
  if (code == "ENOSPC" || code == "EDQUOT")
    return "free space, or export less: --since, --until, or an --output that ends in .zst";
  if (code == "EMFILE" || code == "ENFILE")
    return "too many dates for the open files that the system allows (ulimit -n): export a shorter time, --since and "
           "--until";
  if (code == "ENOENT" || code == "ENOTDIR")
    return "create the directory first";
  if (code == "EACCES" || code == "EPERM" || code == "EROFS")
    return "this user must be able to write there; --output names another place";
  if (code == "EISDIR")
    return "name a file; or --partition date writes a file for each date into a directory";
  return "no file was changed; run the same command again";
}

// What a command ends with. An outage of the disk is none of the database.
template <class Work>
std::invoke_result_t<Work> translated(Exit exit, Work&& work) {
  try {
    return work();
  } catch (const Error& error) {
    throw Error{Fault::fatal, error.what()}
        .with_code(error.code())
        .with_hint(hint_for(error.code()))
        .exits(error.exit() == Exit::no_permission ? Exit::no_permission : exit);
  }
}

// The file that a path leads to, through symbolic links; the path itself if there is none yet.
std::string without_links(const std::string& path) {
  std::array<char, PATH_MAX> target;
  return ::realpath(path.c_str(), target.data()) ? target.data() : path;
}

std::string directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

// All files are open until they get their names.
void allow_more_open_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// Standard output may be a pipe, a terminal or a file.
void sync_file(int fd, const std::string& name) {
  struct stat st {};
  if (::fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
    fsync_or_throw(fd, name);
}

}  // namespace

void ExportFiles::begin(const std::string& path, const std::string& directory) {
  if (!m_files.empty())
    end();
  if (m_files.size() == 1)
    allow_more_open_files();
  translated(Exit::cannot_create, [&] {
    File file;
    file.written.path = path;
    open(file, directory);
    m_files.push_back(std::move(file));
  });
  const int level = m_compression == Compression::gzip ? k_gzip_level : k_zstd_level;
  const std::string name = path == k_standard_output ? "standard output" : escape(path);
  m_packer = packer_for(m_compression, level, m_files.back().fd, name);
}

void ExportFiles::open(File& file, const std::string& directory) const {
  std::string& path = file.written.path;
  if (path == k_standard_output) {
    file.fd = STDOUT_FILENO;
    return;
  }
  struct stat st {};
  const bool exists = ::stat(path.c_str(), &st) == 0;
  if (exists && S_ISDIR(st.st_mode))
    throw system_error(EISDIR, "create " + escape(path));
  if (exists && !S_ISREG(st.st_mode)) {
    file.special = Fd{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
    if (!file.special)
      throw system_error(errno, "open " + escape(path));
    file.fd = file.special.get();
    return;
  }
  path = without_links(path);
  file.nameless = std::make_unique<NamelessFile>(directory.empty() ? directory_of(path) : directory);
  file.fd = file.nameless->fd();
}

void ExportFiles::write(std::string_view text) {
  translated(Exit::io_error, [&] { m_packer->write(text, false); });
  crash_point("in_export");
}

void ExportFiles::end() {
  translated(Exit::io_error, [&] {
    File& file = m_files.back();
    m_packer->write("", true);
    m_packer.reset();
    sync_file(file.fd, escape(file.written.path));
    struct stat st {};
    if (file.nameless && ::fstat(file.fd, &st) == 0)
      file.written.bytes = static_cast<std::uint64_t>(st.st_size);
  });
}

std::vector<ExportedFile> ExportFiles::publish() {
  std::vector<ExportedFile> written;
  if (m_files.empty())
    return written;
  end();
  crash_point("before_publish");
  written.reserve(m_files.size());
  translated(Exit::cannot_create, [&] {
    for (File& file : m_files) {
      if (file.nameless) {
        if (const std::string directory = directory_of(file.written.path); ::access(directory.c_str(), F_OK) != 0)
          make_directories(directory, 0777);  // the umask applies
        file.nameless->publish(file.written.path);
      }
      written.push_back(std::move(file.written));
    }
  });
  return written;
}

}  // namespace longshore::admin
