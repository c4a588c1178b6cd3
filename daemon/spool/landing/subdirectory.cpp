#include "spool/landing/subdirectory.hpp"

#include "spool/beneath.hpp"
#include "spool/entries.hpp"
#include "spool/work/claim_id.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

namespace longshore::spool {
namespace {

Subdirectory unread(std::string why = "") { return {.fd = {}, .st = {}, .why = std::move(why)}; }

std::string why_not_opened(int code) {
  switch (code) {
  case ENOENT:
  case ENOTDIR:
  case ELOOP:  // replaced by a link since it was listed
    return "";
  case EXDEV:
    return "another file system is mounted there";
  default:
    return std::strerror(code);
  }
}

// Why files cannot be claimed from it: longshore renames them out of it. "" if they can.
std::string why_not_writable(const Subdirectory& directory) {
  if (::faccessat(directory.fd.get(), ".", W_OK | X_OK, AT_EACCESS) != 0)
    return std::string{"files cannot be moved out of it: "} + std::strerror(errno);
  const uid_t user = ::geteuid();
  if ((directory.st.st_mode & S_ISVTX) != 0 && directory.st.st_uid != user && user != 0)
    return "it is sticky and belongs to another user, so files of other users cannot be moved out of it";
  return "";
}

}  // namespace

OwnDirectories::OwnDirectories(const Directories& directories) {
  for (const std::string& path : {directories.work, directories.processed, directories.failed})
    if (struct stat st{}; ::stat(path.c_str(), &st) == 0)
      m_all.push_back(st);
}

bool OwnDirectories::contains(const struct stat& st) const {
  return std::ranges::any_of(m_all, [&](const struct stat& own) { return is_same_inode(own, st); });
}

Subdirectory open_subdirectory(int parent, const std::string& name, std::string_view path, const OwnDirectories& own) {
  if (path.size() > k_most_directory_bytes)
    return unread("its path is longer than " + std::to_string(k_most_directory_bytes) + " bytes");
  if (static_cast<std::size_t>(std::ranges::count(path, '/')) >= k_most_levels)
    return unread("it is more than " + std::to_string(k_most_levels) + " levels deep");
  // In the archive it could not be told from the directory of a claim. It may also be one: if an owner of landing
  // renames .work, the claimed files in it are not new arrivals.
  if (parse_directory_name(name))
    return unread("its name is that of a claim");
  Subdirectory opened{.fd = open_beneath(parent, name), .st = {}, .why = ""};
  if (!opened.fd)
    return unread(why_not_opened(errno));
  opened.st = stat_of(opened.fd.get(), name);
  if (own.contains(opened.st))
    return unread();
  std::string why = why_not_writable(opened);
  return why.empty() ? std::move(opened) : unread(std::move(why));
}

}  // namespace longshore::spool
