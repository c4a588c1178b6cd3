#include "spool/file_system.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

namespace longshore::spool {
namespace {

struct Kind {
  unsigned long magic;  // statfs(2)
  std::string_view name;
  bool has_leases_of_server = false;
};

constexpr std::array<Kind, 10> k_without_events = {{
    {0x6969, "nfs", true},
    {0x517B, "smb", true},
    {0xFF534D42, "cifs", true},
    {0xFE534D42, "smb2", true},
    {0x65735546, "fuse"},
    {0x794C7630, "overlay"},
    {0x01021997, "9p"},
    {0x00C36400, "ceph"},
    {0x5346414F, "afs"},
    {0x47504653, "gpfs"},
}};

constexpr unsigned long k_ext = 0xEF53;  // ext2 and ext3 too
constexpr unsigned long k_xfs = 0x58465342;

// 0 if the file system does not report it.
unsigned long magic_of(int file) {
  struct statfs fs {};
  if (::fstatfs(file, &fs) != 0)
    return 0;
  return static_cast<unsigned long>(fs.f_type) & 0xFFFFFFFF;  // f_type is signed on some machines
}

const Kind* kind_of(int file) {
  const auto found = std::ranges::find(k_without_events, magic_of(file), &Kind::magic);
  return found == k_without_events.end() ? nullptr : &*found;
}

// Whether this ext4 has a journal: sysfs then shows the pid of the thread that writes it.
bool has_journal(int directory) {
  struct stat st {};
  if (::fstat(directory, &st) != 0)
    return false;
  const std::string device = std::to_string(major(st.st_dev)) + ":" + std::to_string(minor(st.st_dev));
  std::error_code none;
  const auto link = std::filesystem::read_symlink("/sys/dev/block/" + device, none);
  std::ifstream task{"/sys/fs/ext4/" + link.filename().string() + "/journal_task"};
  int pid = 0;  // "<none>" without a journal
  return static_cast<bool>(task >> pid);
}

}  // namespace

std::string_view file_system_without_events(int directory) {
  const Kind* kind = kind_of(directory);
  return kind ? kind->name : std::string_view{};
}

bool has_leases_of_server(int file) {
  const Kind* kind = kind_of(file);
  return kind && kind->has_leases_of_server;
}

bool syncs_in_order(int directory) {
  const unsigned long magic = magic_of(directory);
  return magic == k_xfs || (magic == k_ext && has_journal(directory));
}

}  // namespace longshore::spool
