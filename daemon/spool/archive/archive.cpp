#include "spool/archive/archive.hpp"

#include "base/crash_point.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "spool/archive/reason_file.hpp"
#include "spool/archive/transfer.hpp"
#include "spool/beneath.hpp"
#include "spool/entries.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace longshore::spool {
namespace {

bool is_there(const std::string& path) { return entry_stat(AT_FDCWD, path).has_value(); }

// Something has this path, or a file has the name of one of its directories.
bool is_taken(const std::string& path) {
  struct stat st {};
  if (::fstatat(AT_FDCWD, path.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0 || errno == ENOTDIR)
    return true;
  if (errno != ENOENT)
    throw system_error(errno, "stat");
  return false;
}

// Returns no descriptor if the file does not exist.
Fd open_place(const ArchivePlace& place, const Directories& directories) {
  Fd at{::open(place.root(directories).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  for (const std::string& name : place.directories())
    if (at)
      at = Fd{::openat(at.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  Fd file = at ? open_regular(at.get(), place.file_name()) : Fd{};
  if (!file && errno != ENOENT && errno != ENOTDIR)
    throw system_error(errno, "open \"" + escape(place.path(directories)) + "\"");
  return file;
}

using Paths = std::set<std::string_view>;

// Whether this is the directory of one of these paths.
bool is_directory_of(const Paths& paths, const std::string& path) {
  const std::string directory = path + "/";
  const auto first = paths.lower_bound(directory);
  return first != paths.end() && first->starts_with(directory);
}

// How many of the paths exist; nullopt if there is anything else than these and their directories.
std::optional<std::size_t> count_exactly(int directory, const std::string& below, const Paths& paths) {
  std::optional<std::size_t> known = 0;
  for_each_entry(directory, [&](const char* name) {
    if (!known)
      return;
    const std::string path = below + name;
    if (paths.contains(path)) {
      ++*known;
      return;
    }
    const auto inside = is_directory_of(paths, path)
                            ? count_exactly(open_directory_at(directory, name).get(), path + "/", paths)
                            : std::nullopt;
    known = inside ? std::optional{*known + *inside} : std::nullopt;
  });
  return known;
}

bool has_access_list(int directory, const char* list) { return ::fgetxattr(directory, list, nullptr, 0) >= 0; }

bool set_rights(int directory, gid_t group, mode_t mode) {
  const bool is_grouped =
      stat_of(directory, "a claim").st_gid == group || ::fchown(directory, static_cast<uid_t>(-1), group) == 0;
  return is_grouped && ::fchmod(directory, mode & 07777) == 0;
}

// Gives the directory the rights that a new directory in `parent` would get. False if that is not possible.
bool copy_rights(int directory, int parent) {
  const struct stat wanted = stat_of(parent, "a day's directory in the archive");
  return (wanted.st_mode & S_IRWXU) == S_IRWXU && !has_access_list(parent, "system.posix_acl_default") &&
         !has_access_list(directory, "system.posix_acl_access") && set_rights(directory, wanted.st_gid, wanted.st_mode);
}

// The same for the directories of these paths.
bool copy_rights_below(int directory, const Paths& paths, int parent) {
  std::set<std::string, std::less<>> all;
  for (const std::string_view path : paths)
    for (auto below = directory_part(path); !below.empty() && all.emplace(below).second;)
      below = directory_part(below);
  return std::ranges::all_of(
      all, [&](const std::string& below) { return copy_rights(open_directory_at(directory, below).get(), parent); });
}

}  // namespace

Archive::Archive(const Directories& directories) : m_directories(directories) {}

std::string Archive::choose(Shelf shelf, const Claim& claim, const std::string& name, std::size_t files) const {
  const auto place = ArchivePlace::of(shelf, claim.id, name);
  const bool is_apart = shelf == Shelf::failed || files >= k_large_claim || is_taken(place.path(m_directories));
  return (is_apart ? place.in_claim_directory(claim.id) : place).text();
}

bool Archive::move(const Claim& claim, const std::string& name, const std::string& archive_path,
                   const std::string& sha256) {
  crash_point("before_move");
  int code = put(claim, name, ArchivePlace::parse(archive_path), sha256);
  if (code == EEXIST)
    return false;
  if (code == ENOENT && is_there(resolve(archive_path)))
    code = 0;  // moved before
  if (code != 0)
    throw lost(code, "move " + Workspace::path(claim, name) + " to " + archive_path);
  crash_point("after_move");
  return true;
}

std::string Archive::aside(const std::string& archive_path, const Claim& claim) const {
  return ArchivePlace::parse(archive_path).in_claim_directory(claim.id).text();
}

bool Archive::move_together(const Claim& claim, const std::set<std::string_view>& names) {
  if (names.size() < k_large_claim)
    return false;
  const int instance_directory = claim.instance_directory->fd.get();
  const std::string source = directory_name(claim.directory);
  const Fd files{::openat(instance_directory, source.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  if (!files)
    return false;
  if (!claim.directories.empty())
    remove_empty_below(files.get());  // those of files that went to another place
  if (count_exactly(files.get(), "", names) != names.size())
    return false;
  const int day = directory_of(ArchivePlace::of(Shelf::processed, claim.id, claim.id));
  const struct stat own = stat_of(files.get(), source);
  if (!copy_rights_below(files.get(), names, day) || !copy_rights(files.get(), day))
    return false;
  crash_point("before_move_together");
  if (rename_noreplace(instance_directory, source, day, claim.id) != 0) {
    set_rights(files.get(), own.st_gid, own.st_mode);
    return false;
  }
  crash_point("after_move_together");
  return true;
}

int Archive::put(const Claim& claim, const std::string& name, const ArchivePlace& place, const std::string& sha256) {
  const int instance_directory = claim.instance_directory->fd.get();
  const std::string source = claim.entry(name);
  const int target = try_directory_of(place);
  if (target < 0)  // for example processed/<day>/a is a file, and the place is processed/<day>/a/b.json
    return EEXIST;
  const int code = rename_noreplace(instance_directory, source, target, place.file_name());
  if (code == EXDEV)
    return transfer({.from_directory = instance_directory,
                     .from = source,
                     .to_directory = target,
                     .to = place.file_name(),
                     .temporary = "." + claim.id + "." + name_hash(name),
                     .sha256 = sha256,
                     .what = Workspace::path(claim, name)});
  if (code != EEXIST)
    return code;
  // Two names of one inode: the process died between the link and the unlink that replace a rename.
  const auto from = entry_stat(instance_directory, source);
  const auto to = entry_stat(target, place.file_name());
  if (!from || !to || !is_same_inode(*from, *to))
    return from ? EEXIST : ENOENT;
  if (from->st_nlink < 2)
    return 0;  // one link, so a power cut left the claim's directory under two names: the file is in its place
  return ::unlinkat(instance_directory, source.c_str(), 0) == 0 ? 0 : errno;
}

void Archive::write_reason(const Claim& claim, const std::string& archive_path, std::string_view text) {
  const auto place = ArchivePlace::parse(archive_path);
  const std::string beside{place.name, 0, place.name.size() - place.file_name().size()};
  const auto name =
      Workspace::look(claim, beside + usual_reason_name(place.file_name())) ? ReasonName::second : ReasonName::usual;
  if (const int code = write_reason_file(directory_of(place), archive_path, name, text))
    throw lost(code, "create the reason file of " + archive_path);
}

void Archive::remove_reason(const std::string& archive_path, std::string_view text) {
  remove_reason_file(directory_of(ArchivePlace::parse(archive_path)), archive_path, text);
}

Fd Archive::open(const std::string& archive_path, const std::string& claim_id) const {
  const auto place = ArchivePlace::parse(archive_path);
  if (!is_claim_id(claim_id))
    return open_place(place, m_directories);
  // A file moves from work to the archive and never back, so this order does not miss it. The place itself comes last:
  // another file may have taken it since the row was read.
  if (Fd file = open_claimed(claim_id, place.name))
    return file;
  if (Fd file = open_place(place.in_claim_directory(claim_id), m_directories))
    return file;
  return open_place(place, m_directories);
}

// A work directory that this user may not read counts as empty: only the daemon's user may read it.
Fd Archive::open_claimed(const std::string& claim_id, const std::string& name) const {
  const Fd work{::open(m_directories.work.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  Fd found;
  if (!work)
    return found;
  for_each_entry(work.get(), [&](const char* instance) {
    const Fd instance_directory{::openat(work.get(), instance, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    if (!instance_directory || found)
      return;
    for_each_entry(instance_directory.get(), [&](const char* directory) {
      const auto claim = parse_directory_name(directory);
      if (!found && claim && claim->id == claim_id)
        found = open_regular(instance_directory.get(), std::string{directory} + "/" + name);
    });
  });
  return found;
}

std::optional<std::string> Archive::find(const std::string& archive_path, const std::string& claim_id) const {
  const std::string in_claim_directory = ArchivePlace::parse(archive_path).in_claim_directory(claim_id).text();
  for (const std::string& place : {archive_path, in_claim_directory})
    if (const auto st = entry_stat(AT_FDCWD, resolve(place)); st && S_ISREG(st->st_mode))
      return place;
  return std::nullopt;
}

Returned Archive::return_to_landing(const std::string& archive_path, std::string_view reason, int locked) {
  const auto place = ArchivePlace::parse(archive_path);
  const std::string path = place.directory_path(m_directories);
  const Fd directory{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!directory && errno == ENOENT)
    return Returned::gone;
  if (!directory)
    throw system_error(errno, "open directory " + path);
  const Returned done =
      spool::return_to_landing({directory.get(), place.name, archive_path, locked}, m_directories.landing);
  if (done != Returned::done)
    return done;
  if (!reason.empty())
    remove_reason(archive_path, reason);
  if (!place.claim.empty())
    remove_if_empty(place);
  return done;
}

// From the file's directory up to that of its claim.
void Archive::remove_if_empty(const ArchivePlace& place) {
  std::string path = place.directory_path(m_directories);
  for (std::size_t level = place.directories().size(); level > 1; --level) {
    m_open.erase(path);
    if (::rmdir(path.c_str()) != 0)
      return;
    path.resize(path.rfind('/'));
  }
}

std::string Archive::resolve(const std::string& archive_path) const {
  return ArchivePlace::parse(archive_path).path(m_directories);
}

void Archive::sync() {
  for (const auto& [path, directory] : m_open)
    sync_directory(directory.get(), path);
  m_open.clear();
}

// One of the directories may have been removed while it was open: the next try opens them again.
Error Archive::lost(int code, const std::string& what) {
  m_open.clear();
  return system_error(code, what);
}

int Archive::directory_of(const ArchivePlace& place) {
  const int directory = try_directory_of(place);
  if (directory < 0)
    throw system_error(ENOTDIR, "create directory " + place.directory_path(m_directories));
  return directory;
}

int Archive::try_directory_of(const ArchivePlace& place) {
  const std::string path = place.directory_path(m_directories);
  if (const auto known = m_open.find(path); known != m_open.end())
    return known->second.get();
  if (m_open.size() >= k_most_open)
    sync();
  make_directories(place.root(m_directories));
  Fd directory = open_directory(place.root(m_directories));
  for (const std::string& name : place.directories()) {
    const bool is_created = ::mkdirat(directory.get(), name.c_str(), 0750) == 0;
    if (!is_created && errno != EEXIST)
      throw system_error(errno, "create directory " + path);
    Fd below{::openat(directory.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    if (!below && errno == ENOTDIR && !is_created)
      return -1;
    if (!below)
      throw system_error(errno, "open directory " + path);
    if (is_created)
      sync_directory(directory.get(), path);
    directory = std::move(below);
  }
  return m_open.emplace(path, std::move(directory)).first->second.get();
}

}  // namespace longshore::spool
