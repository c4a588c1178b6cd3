#include "spool/work/lock_check.hpp"

#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "spool/file_system.hpp"
#include "spool/work/claim_id.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace longshore::spool {
namespace {

constexpr std::array<std::string_view, 4> k_local_options = {"local_lock=all", "local_lock=flock", "nolock", "nobrl"};

Error lock_error(const std::string& path, const std::string& why) {
  return Error(Fault::fatal, "work directory \"" + escape(path) + "\": " + why)
      .with_hint(
          "without working locks two daemons would take the same files: mount it with locks (nfs: without nolock and "
          "local_lock), or set `work` and `landing` to a local disk")
      .exits(Exit::config);
}

// The options of the directory's mount: the last field of its line in mountinfo, see proc(5).
std::string options_of(int directory) {
  struct stat st {};
  if (::fstat(directory, &st) != 0)
    return {};
  const std::string device = std::to_string(major(st.st_dev)) + ":" + std::to_string(minor(st.st_dev));
  std::ifstream mounts{"/proc/self/mountinfo"};
  std::string found;
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream words{line};
    std::string id;
    std::string parent;
    std::string line_device;
    words >> id >> parent >> line_device;
    if (line_device == device)
      found = line.substr(line.rfind(' ') + 1);
  }
  return found;
}

void check_exclusion(int work, const std::string& path) {
  const std::string probe = ".lock-" + new_claim_id(now_micros());
  const Fd one{::openat(work, probe.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
  const Fd other{::openat(work, probe.c_str(), O_RDWR | O_CLOEXEC)};
  ::unlinkat(work, probe.c_str(), 0);
  if (!one || !other)
    throw system_error(errno, "create a file in " + escape(path));
  if (::flock(one.get(), LOCK_EX | LOCK_NB) != 0)
    throw lock_error(path,
                     "the file system does not support locks: " + std::string{system_error(errno, "flock").what()});
  if (::flock(other.get(), LOCK_EX | LOCK_NB) == 0)
    throw lock_error(path, "the file system grants one lock to two holders");
}

}  // namespace

std::string local_lock_option(std::string_view options) {
  while (!options.empty()) {
    const std::string_view option = options.substr(0, options.find(','));
    options.remove_prefix(std::min(option.size() + 1, options.size()));
    for (const std::string_view local : k_local_options)
      if (option == local)
        return std::string{option};
  }
  return {};
}

void check_locks(int work, const std::string& path) {
  check_exclusion(work, path);
  const std::string_view kind = file_system_without_events(work);
  if (const std::string option = local_lock_option(options_of(work)); !kind.empty() && !option.empty())
    throw lock_error(path,
                     "its " + std::string{kind} + " mount does not share locks with other hosts (" + option + ")");
}

}  // namespace longshore::spool
