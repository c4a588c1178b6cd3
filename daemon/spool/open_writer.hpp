// Whether a process has a file open for writing (an open writer). A lease tells: the kernel grants a read lease only on
// a file that no process has open for writing, also not as a shared memory map. It is given back at once.
#pragma once

namespace longshore::spool {

enum class OpenWriter {
  none,
  found,
  unknown,  // another user's file without CAP_LEASE, or a file system without leases
};

// `file` must be open for reading only. Costs two system calls. If a writer opens the file between the two, it waits
// for the second one; with O_NONBLOCK its open fails. A claimed file has no name by which it could be opened. Never
// throws. Any thread.
OpenWriter find_open_writer(int file);

// Whether this process has CAP_LEASE. Without it, leases on other users' files are refused; with it, they may still be,
// in a user namespace or on a file system without leases.
bool may_lease_any_file();

}  // namespace longshore::spool
