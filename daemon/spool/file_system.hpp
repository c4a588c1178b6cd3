// What kind of file system a directory is on.
#pragma once

#include <string_view>

namespace longshore::spool {

// "nfs", "overlay" …: changes may be made there that this kernel's inotify does not tell of, by other hosts or below
// the mount. Empty for a file system that tells all.
std::string_view silent_file_system(int directory);

// Whether fsync of what was changed last makes every change of names before it durable too: where there is one journal, written in
// order (ext4 that has one: jbd2's transactions; XFS: its log is forced up to the inode's last change). `./dev powercut` cuts
// the power of both.
bool syncs_in_order(int directory);

}  // namespace longshore::spool
