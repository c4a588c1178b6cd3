// The kind of file system that a directory is on.
#pragma once

#include <string_view>

namespace longshore::spool {

// "nfs", "overlay" and the like: file systems on which other hosts, or writes below the mount, change files without an
// inotify event here. Empty for a file system that reports every change.
std::string_view file_system_without_events(int directory);

// Whether a server grants the leases of this file: without one of its own (a delegation, an oplock) it refuses them,
// whether there is a writer or not.
bool has_leases_of_server(int file);

// Whether an fsync of the last change makes all earlier renames durable, too. True with one ordered journal: ext4 with
// a journal (jbd2 transactions), and XFS (fsync forces the log up to the inode's last change). `./dev powercut` tests
// both.
bool syncs_in_order(int directory);

}  // namespace longshore::spool
