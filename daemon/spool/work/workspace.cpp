#include "spool/work/workspace.hpp"

#include "base/crash_point.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "spool/beneath.hpp"
#include "spool/entries.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <set>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace longshore::spool {
namespace {

constexpr unsigned k_most_instances = 1'000;  // of one host on one landing directory
constexpr off_t k_spare_bytes = 64 << 10;     // a directory that had many entries stays large and slow
constexpr std::size_t k_label_bytes = 200;    // leaves room for the number in 255

// The label is a directory name: no slash, not hidden, not too long.
std::string as_label(std::string host) {
  std::replace(host.begin(), host.end(), '/', '_');
  if (host.empty() || host[0] == '.')
    host.insert(0, "host");
  return host.substr(0, k_label_bytes);
}

// What sync_claim() needs of a claim.
struct Renamed {
  std::shared_ptr<const InstanceDirectory> instance_directory;
  std::string claim;                     // the name of its directory
  std::vector<std::string> directories;  // as in Claim
};

void sync_landing(int landing, const std::string& landing_path, const std::vector<std::string>& directories) {
  for (const std::string& below : directories)
    if (const Fd source = below.empty() ? Fd{} : open_beneath(landing, below))  // a producer may have removed it
      sync_directory(source.get(), landing_path + "/" + below);
  sync_directory(landing, landing_path);
}

// Another job of the claim may have removed the directory, because its files were in the archive or in landing again.
// That changed the directory around it, so then this is synced.
void sync_what_is_left(const InstanceDirectory& instance_directory, std::string name) {
  for (;;) {
    const Fd directory{
        ::openat(instance_directory.fd.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    if (directory)
      return sync_directory(directory.get(), instance_directory.path + "/" + name);
    if (errno != ENOENT)
      throw system_error(errno, "open directory " + instance_directory.path + "/" + name);
    if (name.find('/') == name.npos)
      return sync_directory(instance_directory.fd.get(), instance_directory.path);
    name.resize(directory_part(name).size());
  }
}

// Makes a claim durable: its files, and its own entry in the instance directory. The directory that the renames changed
// last comes first: where syncs_in_order is true, its fsync includes the others.
void sync_claim(const Renamed& renamed, int landing, const std::string& landing_path) {
  const InstanceDirectory& instance_directory = *renamed.instance_directory;
  const auto sync = [&](const std::string& below) {
    sync_what_is_left(instance_directory, renamed.claim + (below.empty() ? "" : "/" + below));
  };
  sync(renamed.directories.empty() ? "" : renamed.directories.front());
  if (instance_directory.syncs_in_order)
    return;
  for (std::size_t i = 1; i < renamed.directories.size(); ++i)
    sync(renamed.directories[i]);
  sync_directory(instance_directory.fd.get(), instance_directory.path);
  sync_landing(landing, landing_path, renamed.directories);
}

}  // namespace

// The directories of a claim while files are moved into it.
struct Workspace::MadeDirectories {
  std::set<std::string, std::less<>> all;
  std::string_view last;  // that a file was moved into

  void add(std::string_view directory) {
    for (; !all.contains(directory); directory = directory_part(directory))
      all.emplace(directory);
  }
  // As in Claim.
  std::vector<std::string> in_order() const {
    if (all.size() < 2)  // only "": all files are directly in the claim
      return {};
    std::vector<std::string> order{std::string{last}};
    std::ranges::copy_if(all, std::back_inserter(order), [&](const std::string& below) { return below != last; });
    return order;
  }
};

std::string Claim::entry(const std::string& name) const { return directory_name(directory) + "/" + name; }

Workspace::Workspace(const Directories& directories, std::string host_label) : m_directories(directories) {
  const std::string label = as_label(std::move(host_label));
  for (unsigned number = 1; !m_instance_directory; ++number) {
    if (number > k_most_instances)
      throw Error(Fault::fatal, "no free instance name in the work directory \"" + escape(m_directories.work) + "\"")
          .with_hint("this user must own the directories in it")
          .exits(Exit::config);
    m_instance = label + "-" + std::to_string(number);
    m_instance_directory = take_instance_directory(m_directories.work, m_instance);
  }
  find_own_claims();
}

Workspace::~Workspace() {
  if (m_spare)
    ::unlinkat(m_spare_parent->fd.get(), m_spare->c_str(), AT_REMOVEDIR);
}

Claim Workspace::claim(std::span<const Candidate> candidates) {
  if (candidates.empty())
    return {};
  check_instance_directory();
  const auto landing = std::make_shared<const Fd>(open_directory(m_directories.landing));
  m_last_id = std::max(now_micros(), m_last_id + 1);
  const std::string id = new_claim_id(m_last_id);
  Claim claim{id, {id}, {}, m_instance_directory};
  make_claim_directory(id);
  try {
    crash_point("in_claim");
    MadeDirectories directories;
    for (const Candidate& candidate : candidates) {
      if (auto claimed = move_in(landing->get(), id, candidate, directories))
        claim.files.push_back(std::move(*claimed));
      crash_point("in_claim");
    }
    claim.directories = directories.in_order();
    if (claim.files.empty()) {
      finish(claim);
      return claim;
    }
    claim.durable = std::async(std::launch::deferred, [renamed = Renamed{m_instance_directory, id, claim.directories},
                                                       landing, path = m_directories.landing] {
                      sync_claim(renamed, landing->get(), path);
                    }).share();
    crash_point("after_claim");
    return claim;
  } catch (...) {
    m_to_adopt.push_back(claim.id);
    throw;
  }
}

// For a new directory ext4 checks and skips every inode that was freed in the last minutes: with 20 claims a second,
// mkdir took 1.7 ms. So the directory of the last finished claim is used again.
void Workspace::make_claim_directory(const std::string& id) {
  if (reuse_spare(id))
    return;
  if (::mkdirat(m_instance_directory->fd.get(), id.c_str(), 0700) != 0)
    throw system_error(errno, "create a claim in " + m_instance_directory->path);
}

bool Workspace::reuse_spare(const std::string& id) const {
  const int instance_directory = m_instance_directory->fd.get();
  const std::lock_guard lock{m_spare_mutex};
  const auto spare = m_spare_parent == m_instance_directory ? std::exchange(m_spare, std::nullopt) : std::nullopt;
  return spare && ::renameat(instance_directory, spare->c_str(), instance_directory, id.c_str()) == 0;
}

std::optional<Candidate> Workspace::move_in(int landing, const std::string& id, const Candidate& candidate,
                                            MadeDirectories& directories) {
  const Parent from{landing, candidate.name};
  if (!from)
    return std::nullopt;  // its directory was moved or removed since it was listed
  const auto before = entry_stat(from.fd(), from.name());
  if (!before || !S_ISREG(before->st_mode) || !is_unchanged(candidate_of(candidate.name, *before), candidate))
    return std::nullopt;
  const int instance_directory = m_instance_directory->fd.get();
  const std::string place = id + "/" + candidate.name;
  const std::string path = m_directories.landing + "/" + candidate.name;
  const bool is_below = from.fd() != landing;
  if (is_below && !directories.all.contains(directory_part(candidate.name)))
    make_directories_of(instance_directory, place);
  directories.add(directory_part(candidate.name));
  const int code = rename_noreplace(from.fd(), from.name(), instance_directory, place);
  if (is_below && (code == EACCES || code == EXDEV)) {  // the rights or the quota of this directory, not of landing
    log_once(path, std::strerror(code));
    return std::nullopt;
  }
  switch (code) {
  case 0:
    break;
  case ENOENT:
  case ENOTDIR:  // the claim has a file with the name of its directory
    return std::nullopt;
  case EPERM:  // the file is immutable, or the landing directory became sticky
  case EBUSY:
    log_once(path, std::strerror(code));
    return std::nullopt;
  case EXDEV:
    throw Error(Fault::fatal, "work directory \"" + escape(m_directories.work) +
                                  "\" is no longer on the mount of the landing directory")
        .with_hint("restore the mounts, then start longshore again")
        .exits(Exit::io_error);
  default:
    throw system_error(code, "claim " + escape(path));
  }
  directories.last = directory_part(candidate.name);
  const auto after = entry_stat(instance_directory, place);
  if (after && S_ISREG(after->st_mode))
    return candidate_of(candidate.name, *after);
  // the entry was replaced between the check and the rename
  rename_noreplace(instance_directory, place, from.fd(), from.name());
  log_once(path, "it is not a regular file");
  return std::nullopt;
}

// The work directory may have been removed together with the landing directory, and created again.
void Workspace::check_instance_directory() {
  struct stat named {};
  if (::fstatat(AT_FDCWD, m_instance_directory->path.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 &&
      is_same_inode(named, stat_of(m_instance_directory->fd.get(), m_instance_directory->path))) {
    follow_mount();
    return;
  }
  make_directory(m_directories.work, 0700);
  auto instance_directory = take_instance_directory(m_directories.work, m_instance);
  if (!instance_directory)
    throw Error(Fault::fatal, "work directory \"" + escape(m_directories.work) +
                                  "\" was replaced, and another daemon uses this instance's directory in it")
        .exits(Exit::io_error);
  log::warn("work directory \"{}\" was replaced", escape(m_directories.work));
  m_instance_directory = std::move(instance_directory);
  m_to_adopt.clear();
  find_own_claims();
}

// After unmount and mount it is the same directory on another mount, and a rename between two mounts fails.
void Workspace::follow_mount() {
  Fd named = open_directory_at(AT_FDCWD, m_instance_directory->path);
  if (mount_id(named.get()) == mount_id(m_instance_directory->fd.get()))
    return;
  log::warn("work directory \"{}\" was mounted again", escape(m_directories.work));
  m_instance_directory = std::make_shared<const InstanceDirectory>(InstanceDirectory{
      std::move(named), m_instance_directory->path, m_instance_directory->syncs_in_order, m_instance_directory});
}

void Workspace::make_durable(const Claim& claim) const {
  if (!claim.durable.valid())
    return;
  try {
    claim.durable.get();
  } catch (const Error&) {  // a failed future fails at every get(): from now on each caller calls fsync itself
    sync_claim({claim.instance_directory, directory_name(claim.directory), claim.directories},
               open_directory(m_directories.landing).get(), m_directories.landing);
  }
}

Fd Workspace::open(const Claim& claim, const std::string& name) const {
  struct stat st {};
  return open(claim, name, st);
}

Fd Workspace::open(const Claim& claim, const std::string& name, struct stat& st) const {
  Fd file = open_if_there(claim, name, st);
  if (!file)
    throw system_error(ENOENT, "open " + path(claim, name));
  return file;
}

Fd Workspace::open_if_there(const Claim& claim, const std::string& name, struct stat& st) const {
  Fd file = open_regular(claim.instance_directory->fd.get(), claim.entry(name), st);
  if (file || errno == ENOENT)
    return file;
  if (errno == ELOOP)
    throw Error(Fault::bad_file, "\"" + escape(name) + "\" is not a regular file");
  throw system_error(errno, "open " + path(claim, name));
}

void Workspace::finish(const Claim& claim) const {
  const int instance_directory = claim.instance_directory->fd.get();
  const std::string directory = directory_name(claim.directory);
  if (!claim.directories.empty())
    remove_subdirectories(claim);
  if (!is_empty_directory(instance_directory, directory))
    return;
  const auto st = entry_stat(instance_directory, directory);
  const std::lock_guard lock{m_spare_mutex};
  if ((m_spare && m_spare_parent == claim.instance_directory) || !st || st->st_size > k_spare_bytes) {
    ::unlinkat(instance_directory, directory.c_str(), AT_REMOVEDIR);
    return;
  }
  m_spare_parent = claim.instance_directory;
  m_spare = directory;
}

// Under the lock, because the directory may be empty already and used again for a claim that has just made directories.
void Workspace::remove_subdirectories(const Claim& claim) const {
  const std::lock_guard lock{m_spare_mutex};
  const Fd directory{::openat(claim.instance_directory->fd.get(), directory_name(claim.directory).c_str(),
                              O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  if (directory)
    remove_empty_below(directory.get());
}

std::string Workspace::path(const Claim& claim, const std::string& name) {
  return escape(claim.instance_directory->path + "/" + claim.entry(name));
}

std::optional<Candidate> Workspace::look(const Claim& claim, const std::string& name) {
  const auto st = entry_stat(claim.instance_directory->fd.get(), claim.entry(name));
  return st ? std::optional{candidate_of(name, *st)} : std::nullopt;
}

void Workspace::log_once(const std::string& path, std::string_view why) {
  if (m_logged.is_new(path + '\n' + std::string{why}))
    log::warn("\"{}\" is left in place: {}", escape(path), why);
}

}  // namespace longshore::spool
