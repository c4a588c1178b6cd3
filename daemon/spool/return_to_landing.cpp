#include "spool/return_to_landing.hpp"

#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/text.hpp"
#include "spool/archive/locked_file.hpp"
#include "spool/archive/transfer.hpp"
#include "spool/beneath.hpp"
#include "spool/entries.hpp"

#include <cerrno>

#include <fcntl.h>

namespace longshore::spool {
namespace {

// The source exists during the whole copy, so a lock on it excludes a second caller.
int copy_back(const ReturnFrom& from, const std::string& name, int target) {
  struct stat st {};
  Fd source;
  if (from.locked >= 0)
    st = stat_of(from.locked, from.what);
  else if (source = lock_named(from.directory, name, st); !source)
    return errno == EWOULDBLOCK ? ENOENT : errno;
  // Two files with one name may be returned from two places at once: their temporary names differ.
  const std::string identity = std::to_string(st.st_dev) + " " + std::to_string(st.st_ino);
  return transfer({.from_directory = from.directory,
                   .from = name,
                   .to_directory = target,
                   .to = name,
                   .temporary = ".longshore-" + std::to_string(static_cast<std::uint64_t>(xxh3(identity, 0))),
                   .sha256 = "",
                   .what = from.what});
}

bool is_there(const ReturnFrom& from, const std::string& name) {
  const auto st = entry_stat(from.directory, name);
  return st && S_ISREG(st->st_mode);
}

int move(const ReturnFrom& from, const std::string& name, int target) {
  if (!is_there(from, name))
    return ENOENT;
  const int code = rename_noreplace(from.directory, name, target, name);
  return code == EXDEV ? copy_back(from, name, target) : code;
}

// EEXIST if something else has the name of one of the directories.
int move_below(const ReturnFrom& from, const std::string& name, int landing) {
  constexpr int k_tries = 10;  // a producer may remove a directory that has just been made
  int code = ENOENT;
  for (int tries = 0; code == ENOENT && is_there(from, name) && tries < k_tries; ++tries) {
    const Fd target = make_beneath(landing, directory_part(from.name));
    if (!target && errno != ENOENT)
      return errno == ENOTDIR || errno == ELOOP || errno == EXDEV ? EEXIST : errno;
    if (target && (code = move(from, name, target.get())) == 0)
      sync_directory(target.get(), from.what);
  }
  if (code == ENOENT && is_there(from, name))
    throw Error(Fault::transient, "move " + from.what + " back to the landing directory: its directory \"" +
                                      escape(directory_part(from.name)) + "\" there is removed again and again");
  return code;
}

}  // namespace

Returned return_to_landing(const ReturnFrom& from, const std::string& landing_path) {
  const std::string name{last_part(from.name)};
  const Fd landing = open_directory(landing_path);
  const bool is_below = name.size() < from.name.size();
  switch (const int code = is_below ? move_below(from, name, landing.get()) : move(from, name, landing.get())) {
  case 0:
    break;
  case ENOENT:
    return Returned::gone;
  case EEXIST:
    return Returned::taken;
  default:
    throw system_error(code, "move " + from.what + " back to " + escape(landing_path));
  }
  if (!is_below)
    sync_directory(landing.get(), landing_path);
  sync_directory(from.directory, from.what);
  return Returned::done;
}

Returned return_to_landing(const Claim& claim, const std::string& name, const std::string& landing) {
  const std::string what = Workspace::path(claim, name);
  const std::string path{directory_part(claim.entry(name))};
  const Fd directory{
      ::openat(claim.instance_directory->fd.get(), path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  if (!directory && errno == ENOENT)
    return Returned::gone;
  if (!directory)
    throw system_error(errno, "open the directory of " + what);
  return return_to_landing({directory.get(), name, what}, landing);
}

bool is_in_landing(const std::string& landing_path, const std::string& name) {
  if (name.find('/') == name.npos)
    return entry_stat(AT_FDCWD, landing_path + "/" + name).has_value();
  const Fd landing = open_directory(landing_path);
  const Parent parent{landing.get(), name};
  return parent && entry_stat(parent.fd(), parent.name());
}

}  // namespace longshore::spool
