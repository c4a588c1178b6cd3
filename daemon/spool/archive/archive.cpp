#include "spool/archive/archive.hpp"

#include "base/crash_point.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "spool/archive/transfer.hpp"
#include "spool/entries.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace longshore::spool {
namespace {

constexpr std::string_view k_processed = "processed";
constexpr std::string_view k_failed = "failed";
constexpr std::string_view k_reason = ".reason.txt";
constexpr std::size_t k_name_bytes = 255;

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> parts;
  for (std::size_t slash; (slash = path.find('/')) != path.npos; path.remove_prefix(slash + 1))
    parts.emplace_back(path.substr(0, slash));
  parts.emplace_back(path);
  return parts;
}

// A place comes back from a database: it must not lead out of the archive.
bool is_plain_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == name.npos && name.find('\0') == name.npos;
}

std::string hash_of(std::string_view text) {
  std::array<char, 24> hex{};
  std::snprintf(hex.data(), hex.size(), "%016llx", static_cast<unsigned long long>(xxh3(text, 0)));
  return hex.data();
}

std::string_view shelf_name(Shelf shelf) { return shelf == Shelf::processed ? k_processed : k_failed; }

// "processed/2026-11-21/NAME" -> "processed/2026-11-21/<claim id>/NAME"; what is there already stays as it is.
std::string in_claim_directory(const std::string& archive_path, const std::string& id) {
  const auto parts = split(archive_path);
  return parts.size() == 4 ? archive_path : parts[0] + "/" + parts[1] + "/" + id + "/" + parts[2];
}

bool is_there(const std::string& path) { return entry_stat(AT_FDCWD, path).has_value(); }

// No descriptor when there is no such file.
Fd open_place(const std::string& root, const std::string& directory, const std::string& name) {
  Fd at{::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  for (const std::string& part : split(directory))
    if (at)
      at = Fd{::openat(at.get(), part.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  Fd file = at ? open_regular(at.get(), name) : Fd{};
  if (!file && errno != ENOENT)
    throw system_error(errno, "open \"" + escape(root + "/" + directory + "/" + name) + "\"");
  return file;
}

std::string reason_name(const std::string& name) {
  const std::size_t room = k_name_bytes - k_reason.size();
  if (name.size() <= room)
    return name + std::string{k_reason};
  const std::string hash = "~" + hash_of(name);
  return std::string{clip_utf8(name, room - hash.size())} + hash + std::string{k_reason};
}

// An empty file that no other writer of this name has open: a daemon and an operator's command may keep the same failed file at
// once. One left behind by a writer that died is taken over. Where there are no locks there is no such care.
Fd create_alone(int directory, const std::string& name) {
  for (;;) {
    Fd file{::openat(directory, name.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0640)};
    if (!file)
      return file;
    ::flock(file.get(), LOCK_EX);
    const auto named = entry_stat(directory, name);
    if (!named || !is_same_inode(*named, stat_of(file.get(), name)))
      continue;  // meanwhile another writer has renamed it: it is that one's reason
    if (::ftruncate(file.get(), 0) != 0)
      throw system_error(errno, "empty " + name);
    return file;
  }
}

// Whether nothing stands there, or a text that begins with the same line: a reason of ours.
bool may_replace(int directory, const std::string& name, std::string_view text) {
  const Fd there{::openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
  if (!there)
    return errno == ENOENT;
  const std::string_view line = text.substr(0, text.find('\n'));
  std::string head(line.size(), '\0');
  return read_some(there.get(), head, name) == line.size() && head == line;
}

bool holds_only(int directory, const std::set<std::string_view>& names) {
  std::size_t known = 0;
  bool is_only = true;
  for_each_entry(directory, [&](const char* name) { names.contains(name) ? ++known : is_only = false; });
  return is_only && known == names.size();
}

bool has_list(int directory, const char* list) { return ::fgetxattr(directory, list, nullptr, 0) >= 0; }

bool give_rights(int directory, gid_t group, mode_t mode) {
  const bool is_grouped =
      stat_of(directory, "a claim").st_gid == group || ::fchown(directory, static_cast<uid_t>(-1), group) == 0;
  return is_grouped && ::fchmod(directory, mode & 07777) == 0;
}

// Whether the directory can be given the rights of one that is made in `parent`; then it has them.
bool take_rights(int directory, int parent) {
  const struct stat wanted = stat_of(parent, "a day of the archive");
  return (wanted.st_mode & S_IRWXU) == S_IRWXU && !has_list(parent, "system.posix_acl_default") &&
         !has_list(directory, "system.posix_acl_access") && give_rights(directory, wanted.st_gid, wanted.st_mode);
}

}  // namespace

Archive::Archive(const Directories& directories) : m_directories(directories) {}

std::string Archive::choose(Shelf shelf, const Claim& claim, const std::string& name, std::size_t files) const {
  const std::string& root = shelf == Shelf::failed ? m_directories.failed : m_directories.processed;
  const std::string day = claim_date(claim.id);
  const std::string place = std::string{shelf_name(shelf)} + "/" + day + "/" + escape(name);
  const bool is_aside =
      (shelf == Shelf::processed && files >= k_large_claim) || is_there(root + "/" + day + "/" + name);
  return is_aside ? in_claim_directory(place, claim.id) : place;
}

bool Archive::move(const Claim& claim, const std::string& name, const std::string& archive_path,
                   const std::string& sha256) {
  crash_point("before_move");
  int code = put(claim, name, place_of(archive_path), sha256);
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
  return in_claim_directory(archive_path, claim.id);
}

bool Archive::move_together(const Claim& claim, const std::set<std::string_view>& names) {
  if (names.size() < k_large_claim)
    return false;
  const int instance_directory = claim.instance_directory->fd.get();
  const std::string source = directory_name(claim.directory);
  const Fd files{::openat(instance_directory, source.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  if (!files || !holds_only(files.get(), names))
    return false;
  const int day = directory_of({m_directories.processed, claim_date(claim.id), claim.id});
  const struct stat own = stat_of(files.get(), source);
  if (!take_rights(files.get(), day))
    return false;
  crash_point("before_move_together");
  if (rename_noreplace(instance_directory, source, day, claim.id) != 0) {
    give_rights(files.get(), own.st_gid, own.st_mode);
    return false;
  }
  crash_point("after_move_together");
  return true;
}

int Archive::put(const Claim& claim, const std::string& name, const Place& place, const std::string& sha256) {
  const int instance_directory = claim.instance_directory->fd.get();
  const std::string source = directory_name(claim.directory) + "/" + name;
  const int target = directory_of(place);
  const int code = rename_noreplace(instance_directory, source, target, place.name);
  if (code == EXDEV)
    return transfer({.from_directory = instance_directory,
                     .from = source,
                     .to_directory = target,
                     .to = place.name,
                     .temporary = "." + claim.id + "." + hash_of(name),
                     .sha256 = sha256,
                     .what = Workspace::path(claim, name)});
  if (code != EEXIST)
    return code;
  // both names of one inode: the process died between the link and the unlink that stand for a rename
  const auto from = entry_stat(instance_directory, source);
  const auto to = entry_stat(target, place.name);
  if (!from || !to || !is_same_inode(*from, *to))
    return from ? EEXIST : ENOENT;
  if (from->st_nlink < 2)
    return 0;  // no two links but a claim's directory under two names, as a power cut may leave it: the file is in its place
  return ::unlinkat(instance_directory, source.c_str(), 0) == 0 ? 0 : errno;
}

void Archive::write_reason(const std::string& archive_path, std::string_view text) {
  const Place place = place_of(archive_path);
  const int directory = directory_of(place);
  const std::string temporary = "." + hash_of(archive_path) + std::string{k_reason};
  const Fd file = create_alone(directory, temporary);
  if (!file)
    throw lost(errno, "create the reason file of " + archive_path);
  write_all(file.get(), text, "the reason file of " + archive_path);
  std::string reason = reason_name(place.name);
  if (!may_replace(directory, reason, text))
    reason = hash_of(archive_path) + std::string{k_reason};
  crash_point("before_reason_named");
  if (::renameat(directory, temporary.c_str(), directory, reason.c_str()) != 0)
    throw system_error(errno, "name the reason file of " + archive_path);
}

void Archive::remove_reason(const std::string& archive_path, std::string_view text) {
  const Place place = place_of(archive_path);
  const int directory = directory_of(place);
  for (const std::string& reason : {reason_name(place.name), hash_of(archive_path) + std::string{k_reason}})
    if (may_replace(directory, reason, text))
      ::unlinkat(directory, reason.c_str(), 0);
}

Fd Archive::open(const std::string& archive_path, const std::string& claim_id) const {
  const Place place = place_of(archive_path);
  if (!is_claim_id(claim_id))
    return open_place(place.root, place.directory, place.name);
  // it moves from work to the archive and never back: in this order it is not missed on its way. The place comes last: another
  // file may have taken it since the row was read.
  if (Fd file = open_claimed(claim_id, place.name))
    return file;
  const Place aside = place_of(in_claim_directory(archive_path, claim_id));
  if (Fd file = open_place(aside.root, aside.directory, aside.name))
    return file;
  return open_place(place.root, place.directory, place.name);
}

// Work directories are the daemon's alone: what another user may not look into is not there for him.
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
  for (const std::string& place : {archive_path, in_claim_directory(archive_path, claim_id)})
    if (const auto st = entry_stat(AT_FDCWD, resolve(place)); st && S_ISREG(st->st_mode))
      return place;
  return std::nullopt;
}

Returned Archive::return_to_landing(const std::string& archive_path, std::string_view reason) {
  const Place place = place_of(archive_path);
  const std::string path = place.root + "/" + place.directory;
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
  if (place.directory.find('/') != std::string::npos) {
    m_open.erase(path);
    ::rmdir(path.c_str());
  }
  return done;
}

std::string Archive::resolve(const std::string& archive_path) const {
  const Place place = place_of(archive_path);
  return place.root + "/" + place.directory + "/" + place.name;
}

void Archive::sync() {
  for (const auto& [path, directory] : m_open)
    sync_directory(directory.get(), path);
  m_open.clear();
}

Archive::Place Archive::place_of(const std::string& archive_path) const {
  auto parts = split(archive_path);
  parts.back() = unescape(parts.back());
  bool is_place = (parts.size() == 3 || parts.size() == 4) && (parts[0] == k_processed || parts[0] == k_failed);
  for (const std::string& part : parts)
    is_place = is_place && is_plain_name(part);
  if (!is_place)
    throw Error(Fault::fatal, "\"" + escape(archive_path) + "\" is no place in the archive");
  return {parts[0] == k_processed ? m_directories.processed : m_directories.failed,
          parts.size() == 4 ? parts[1] + "/" + parts[2] : parts[1], parts.back()};
}

// One of the directories may have been removed under us: the next try opens them anew.
Error Archive::lost(int code, const std::string& what) {
  m_open.clear();
  return system_error(code, what);
}

int Archive::directory_of(const Place& place) {
  const std::string path = place.root + "/" + place.directory;
  if (const auto known = m_open.find(path); known != m_open.end())
    return known->second.get();
  make_directories(place.root);
  Fd directory = open_directory(place.root);
  for (const std::string& part : split(place.directory)) {
    const bool is_made = ::mkdirat(directory.get(), part.c_str(), 0750) == 0;
    if (!is_made && errno != EEXIST)
      throw system_error(errno, "create directory " + path);
    Fd below = open_directory_at(directory.get(), part);
    if (is_made)
      sync_directory(directory.get(), path);
    directory = std::move(below);
  }
  return m_open.emplace(path, std::move(directory)).first->second.get();
}

}  // namespace longshore::spool
