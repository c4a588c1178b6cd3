// A daemon's directory in the work directory: .work/<instance>. It belongs to the process that has a flock on it; the
// kernel releases the lock when the process ends, in any way. On a network file system the lock is shared by all hosts,
// so that a daemon can adopt the claims of another host; lock_check.hpp refuses mounts where it is not.
#pragma once

#include "base/fd.hpp"

#include <memory>
#include <string>

namespace longshore::spool {

struct InstanceDirectory {
  Fd fd;             // has the lock, unless `lock` is set
  std::string path;  // for messages
  bool syncs_in_order = false;
  // The same directory through an earlier mount: that descriptor has the lock.
  std::shared_ptr<const InstanceDirectory> lock = nullptr;
};

// Locks work/<instance>. Returns no descriptor, and sets errno, if another process has the lock (EWOULDBLOCK), or if it
// does not exist (ENOENT) or is not a directory (ENOTDIR). Throws system_error if the file system has no locks.
Fd lock_instance(int work, const std::string& instance);

// Creates and locks work/<instance>; null if another process has the lock. Throws system_error.
std::shared_ptr<const InstanceDirectory> take_instance_directory(const std::string& work, const std::string& instance);

}  // namespace longshore::spool
