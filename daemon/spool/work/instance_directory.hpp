// A daemon's place in the work directory: .work/<instance>, ours as long as its flock is held, and the kernel lets go
// of that with the process, however it ends. (A lock of one host: two hosts have two names.)
#pragma once

#include "base/fd.hpp"

#include <memory>
#include <string>

namespace longshore::spool {

struct InstanceDirectory {
  Fd fd;             // holds the lock
  std::string path;  // for messages
  bool syncs_in_order = false;
  std::shared_ptr<const InstanceDirectory> lock =
      nullptr;  // holds it instead: the same directory by a mount that was there before
};

// The lock of work/<instance>. No descriptor when somebody else holds it, when it is gone or no directory; errno says
// which (EWOULDBLOCK, ENOENT, ENOTDIR). Throws system_error where there are no locks at all.
Fd lock_instance(int work, const std::string& instance);

// Makes and locks work/<instance>; null when somebody else has it. Throws system_error.
std::shared_ptr<const InstanceDirectory> take_instance_directory(const std::string& work, const std::string& instance);

}  // namespace longshore::spool
