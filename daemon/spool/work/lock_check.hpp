// Checks that flock(2) works in the work directory: no other process, on this or another host, gets the same lock.
#pragma once

#include <string>
#include <string_view>

namespace longshore::spool {

// Throws Error{fatal} with a hint if two locks do not exclude each other here or, on a network file system, if its
// mount options limit locks to this host. `path` is for the message.
void check_locks(int work, const std::string& path);

// The option of a network mount that limits its locks to this host; "" if there is none. `options` as in
// /proc/self/mountinfo: nfs(5) local_lock=all|flock and nolock, mount.cifs(8) nobrl.
std::string local_lock_option(std::string_view options);

}  // namespace longshore::spool
