#include "spool/archive/archive.hpp"

#include "base/crash_point.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "spool/archive/reason_file.hpp"
#include "spool/archive/transfer.hpp"
#include "spool/entries.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace longshore::spool {
namespace {

bool is_there(const std::string& path) { return entry_stat(AT_FDCWD, path).has_value(); }

// Returns no descriptor if the file does not exist.
Fd open_place(const ArchivePlace& place, const Directories& directories) {
  Fd at{::open(place.root(directories).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  for (const std::string& name : place.directories())
    if (at)
      at = Fd{::openat(at.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  Fd file = at ? open_regular(at.get(), place.name) : Fd{};
  if (!file && errno != ENOENT)
    throw system_error(errno, "open \"" + escape(place.path(directories)) + "\"");
  return file;
}

bool contains_exactly(int directory, const std::set<std::string_view>& names) {
  std::size_t known = 0;
  bool is_only = true;
  for_each_entry(directory, [&](const char* name) { names.contains(name) ? ++known : is_only = false; });
  return is_only && known == names.size();
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

}  // namespace

Archive::Archive(const Directories& directories) : m_directories(directories) {}

std::string Archive::choose(Shelf shelf, const Claim& claim, const std::string& name, std::size_t files) const {
  const auto place = ArchivePlace::of(shelf, claim.id, name);
  const bool is_apart = shelf == Shelf::failed || files >= k_large_claim || is_there(place.path(m_directories));
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
  if (!files || !contains_exactly(files.get(), names))
    return false;
  const int day = directory_of(ArchivePlace::of(Shelf::processed, claim.id, claim.id));
  const struct stat own = stat_of(files.get(), source);
  if (!copy_rights(files.get(), day))
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
  const int target = directory_of(place);
  const int code = rename_noreplace(instance_directory, source, target, place.name);
  if (code == EXDEV)
    return transfer({.from_directory = instance_directory,
                     .from = source,
                     .to_directory = target,
                     .to = place.name,
                     .temporary = "." + claim.id + "." + name_hash(name),
                     .sha256 = sha256,
                     .what = Workspace::path(claim, name)});
  if (code != EEXIST)
    return code;
  // Two names of one inode: the process died between the link and the unlink that replace a rename.
  const auto from = entry_stat(instance_directory, source);
  const auto to = entry_stat(target, place.name);
  if (!from || !to || !is_same_inode(*from, *to))
    return from ? EEXIST : ENOENT;
  if (from->st_nlink < 2)
    return 0;  // one link, so a power cut left the claim's directory under two names: the file is in its place
  return ::unlinkat(instance_directory, source.c_str(), 0) == 0 ? 0 : errno;
}

void Archive::write_reason(const Claim& claim, const std::string& archive_path, std::string_view text) {
  const auto place = ArchivePlace::parse(archive_path);
  const auto name = Workspace::look(claim, usual_reason_name(place.name)) ? ReasonName::second : ReasonName::usual;
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

Returned Archive::return_to_landing(const std::string& archive_path, std::string_view reason) {
  const auto place = ArchivePlace::parse(archive_path);
  const std::string path = place.directory_path(m_directories);
  const Fd directory{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!directory && errno == ENOENT)
    return Returned::gone;
  if (!directory)
    throw system_error(errno, "open directory " + path);
  const Returned done =
      spool::return_to_landing({directory.get(), "", place.name, archive_path}, m_directories.landing);
  if (done != Returned::done)
    return done;
  if (!reason.empty())
    remove_reason(archive_path, reason);
  if (!place.claim.empty()) {
    m_open.erase(path);
    ::rmdir(path.c_str());
  }
  return done;
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
  const std::string path = place.directory_path(m_directories);
  if (const auto known = m_open.find(path); known != m_open.end())
    return known->second.get();
  make_directories(place.root(m_directories));
  Fd directory = open_directory(place.root(m_directories));
  for (const std::string& name : place.directories()) {
    const bool is_created = ::mkdirat(directory.get(), name.c_str(), 0750) == 0;
    if (!is_created && errno != EEXIST)
      throw system_error(errno, "create directory " + path);
    Fd below = open_directory_at(directory.get(), name);
    if (is_created)
      sync_directory(directory.get(), path);
    directory = std::move(below);
  }
  return m_open.emplace(path, std::move(directory)).first->second.get();
}

}  // namespace longshore::spool
