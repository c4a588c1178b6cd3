// Whether flock(2) does what the work directory needs: that nobody else, on this host or another, has the lock too.
#pragma once

#include <string>
#include <string_view>

namespace longshore::spool {

// Throws Error{fatal} with a hint when locks do not exclude one another here, or, on a network file system, when its mount
// options keep them from other hosts. `path` is for the message.
void prove_locks(int work, const std::string& path);

// Of a network mount: the option that keeps its locks on this host, "" for none. `options` as in /proc/self/mountinfo:
// nfs(5) local_lock=all|flock and nolock, mount.cifs(8) nobrl.
std::string local_lock_option(std::string_view options);

}  // namespace longshore::spool
