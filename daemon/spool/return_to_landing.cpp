#include "spool/return_to_landing.hpp"

#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/text.hpp"
#include "spool/archive/transfer.hpp"
#include "spool/entries.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/file.h>

namespace longshore::spool {
namespace {

// The source exists during the whole copy, so a lock on it excludes a second caller.
int copy_back(int directory, const ReturnFrom& from, int landing) {
  const Fd source = open_regular(directory, from.name);
  if (!source)
    return errno == ELOOP ? ENOENT : errno;
  if (::flock(source.get(), LOCK_EX | LOCK_NB) != 0)
    return errno == EWOULDBLOCK ? ENOENT : errno;
  const auto named = entry_stat(directory, from.name);
  if (!named || !is_same_inode(*named, stat_of(source.get(), from.what)))
    return ENOENT;
  // Two files with one name may be returned from two places at once: their temporary names differ.
  const std::string identity = std::to_string(named->st_dev) + " " + std::to_string(named->st_ino);
  return transfer({.from_directory = directory,
                   .from = from.name,
                   .to_directory = landing,
                   .to = from.name,
                   .temporary = ".longshore-" + std::to_string(static_cast<std::uint64_t>(xxh3(identity, 0))),
                   .sha256 = "",
                   .what = from.what});
}

int move(int directory, const ReturnFrom& from, int landing) {
  const auto st = entry_stat(directory, from.name);
  if (!st || !S_ISREG(st->st_mode))
    return ENOENT;
  const int code = rename_noreplace(directory, from.name, landing, from.name);
  return code == EXDEV ? copy_back(directory, from, landing) : code;
}

}  // namespace

Returned return_to_landing(const ReturnFrom& from, const std::string& landing_path) {
  const Fd directory{::openat(from.directory, from.below.empty() ? "." : from.below.c_str(),
                              O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  if (!directory && errno == ENOENT)
    return Returned::gone;
  if (!directory)
    throw system_error(errno, "open the directory of " + from.what);
  const Fd landing = open_directory(landing_path);
  switch (const int code = move(directory.get(), from, landing.get())) {
  case 0:
    break;
  case ENOENT:
    return Returned::gone;
  case EEXIST:
    return Returned::taken;
  default:
    throw system_error(code, "move " + from.what + " back to " + escape(landing_path));
  }
  sync_directory(landing.get(), landing_path);
  sync_directory(directory.get(), from.what);
  return Returned::done;
}

Returned return_to_landing(const Claim& claim, const std::string& name, const std::string& landing) {
  return return_to_landing(
      {claim.instance_directory->fd.get(), directory_name(claim.directory), name, Workspace::path(claim, name)},
      landing);
}

}  // namespace longshore::spool
