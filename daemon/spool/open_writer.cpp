#include "spool/open_writer.hpp"

#include "spool/file_system.hpp"

#include <array>
#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace longshore::spool {

OpenWriter find_open_writer(int file) {
  // sent to the holder of a lease when a writer opens the file; by default it ends the process
  [[maybe_unused]] static const auto before = std::signal(SIGIO, SIG_IGN);
  if (::fcntl(file, F_SETLEASE, F_RDLCK) == 0) {
    ::fcntl(file, F_SETLEASE, F_UNLCK);
    return OpenWriter::none;
  }
  return errno == EAGAIN && !has_leases_of_server(file) ? OpenWriter::found : OpenWriter::unknown;
}

bool may_lease_any_file() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets{};
  return ::syscall(SYS_capget, &header, sets.data()) == 0 && (sets[0].effective & CAP_TO_MASK(CAP_LEASE)) != 0;
}

}  // namespace longshore::spool
