#include "spool/work/workspace.hpp"

#include "base/crash_point.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "spool/entries.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace longshore::spool {
namespace {

constexpr unsigned k_most_instances = 1'000;  // of one host on one landing directory
constexpr off_t k_spare_bytes = 64 << 10;     // a directory that had many names stays as large, and as slow, as it was
constexpr std::size_t k_label_bytes = 200;    // leaves room for the number in 255

// A host name is not quite ours to choose: it must be one visible directory name.
std::string as_label(std::string host) {
  std::replace(host.begin(), host.end(), '/', '_');
  if (host.empty() || host[0] == '.')
    host.insert(0, "host");
  return host.substr(0, k_label_bytes);
}

// The claim's own entry too: a file must not be lost with the new directory that it was moved into. The claim comes first: the
// renames changed it last.
void sync(const InstanceDirectory& instance_directory, const std::string& id, int landing,
          const std::string& landing_path) {
  const Fd claim = open_directory_at(instance_directory.fd.get(), id);
  sync_directory(claim.get(), instance_directory.path + "/" + id);
  if (instance_directory.syncs_in_order)
    return;
  sync_directory(instance_directory.fd.get(), instance_directory.path);
  sync_directory(landing, landing_path);
}

}  // namespace

Workspace::Workspace(const Directories& directories, std::string host_label) : m_directories(directories) {
  const std::string label = as_label(std::move(host_label));
  for (unsigned number = 1; !m_instance_directory; ++number) {
    if (number > k_most_instances)
      throw Error(Fault::fatal, "no free place in the work directory \"" + escape(m_directories.work) + "\"")
          .with_hint("see that this user owns what is in it")
          .exits(Exit::config);
    m_instance = label + "-" + std::to_string(number);
    m_instance_directory = take_instance_directory(m_directories.work, m_instance);
  }
  find_left_overs();
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
    for (const Candidate& candidate : candidates) {
      if (auto claimed = move_in(landing->get(), claim.id, candidate))
        claim.files.push_back(std::move(*claimed));
      crash_point("in_claim");
    }
    if (claim.files.empty()) {
      finish(claim);
      return claim;
    }
    claim.durable = std::async(std::launch::deferred, [instance_directory = m_instance_directory, id, landing,
                                                       path = m_directories.landing] {
                      sync(*instance_directory, id, landing->get(), path);
                    }).share();
    crash_point("after_claim");
    return claim;
  } catch (...) {
    m_left_over.push_back(claim.id);
    throw;
  }
}

// ext4 leaves out inodes that were freed in the last minutes and looks at each of them for a new directory: with a claim a file, 20
// a second, mkdir took 1.7 ms. So the last claim's directory is used again.
void Workspace::make_claim_directory(const std::string& id) {
  const int instance_directory = m_instance_directory->fd.get();
  const auto spare = take_spare(*m_instance_directory);
  if (spare && ::renameat(instance_directory, spare->c_str(), instance_directory, id.c_str()) == 0)
    return;
  if (::mkdirat(instance_directory, id.c_str(), 0700) != 0)
    throw system_error(errno, "create a claim in " + m_instance_directory->path);
}

std::optional<std::string> Workspace::take_spare(const InstanceDirectory& instance_directory) const {
  const std::lock_guard lock{m_spare_mutex};
  return m_spare_parent.get() == &instance_directory ? std::exchange(m_spare, std::nullopt) : std::nullopt;
}

std::optional<Candidate> Workspace::move_in(int landing, const std::string& id, const Candidate& candidate) {
  const auto before = entry_stat(landing, candidate.name);
  if (!before || !S_ISREG(before->st_mode) || !is_unchanged(candidate_of(candidate.name, *before), candidate))
    return std::nullopt;
  const int instance_directory = m_instance_directory->fd.get();
  const std::string place = id + "/" + candidate.name;
  const std::string path = m_directories.landing + "/" + candidate.name;
  switch (const int code = rename_noreplace(landing, candidate.name, instance_directory, place)) {
  case 0:
    break;
  case ENOENT:
    return std::nullopt;
  case EPERM:  // immutable, or somebody made landing sticky
  case EBUSY:
    leave(path, std::strerror(code));
    return std::nullopt;
  case EXDEV:
    throw Error(Fault::fatal, "work directory \"" + escape(m_directories.work) +
                                  "\" is no longer on the mount of the landing directory")
        .with_hint("start again when the mounts are as they were")
        .exits(Exit::io_error);
  default:
    throw system_error(code, "claim " + escape(path));
  }
  const auto after = entry_stat(instance_directory, place);
  if (after && S_ISREG(after->st_mode))
    return candidate_of(candidate.name, *after);
  // swapped for something else at the last moment
  rename_noreplace(instance_directory, place, landing, candidate.name);
  leave(path, "it is no regular file");
  return std::nullopt;
}

std::vector<Claim> Workspace::adopt() {
  if (::access(m_directories.landing.c_str(), F_OK) != 0)
    return {};  // away: Landing says so and waits for it
  check_instance_directory();
  const Fd work = open_directory_at(AT_FDCWD, m_directories.work);
  for_each_entry(work.get(), [&](const char* name) {
    if (name[0] != '.' && name != m_instance)
      take_over(work.get(), name);
  });
  if (m_left_over.empty())
    return {};
  sync_directory(m_instance_directory->fd.get(), m_instance_directory->path);
  sync_directory(open_directory(m_directories.landing).get(), m_directories.landing);
  std::sort(m_left_over.begin(), m_left_over.end());
  std::vector<Claim> adopted;
  std::vector<std::string> again;
  std::optional<Error> fault;
  for (const std::string& directory : m_left_over) {
    try {
      hand_out(directory, adopted);
    } catch (const Error& error) {  // one that cannot be read must not keep the others
      if (error.code() == "ENOENT")
        continue;
      if (error.code() == "ENOTDIR" || error.code() == "ELOOP") {
        leave(m_instance_directory->path + "/" + directory, "it is no claim");
        continue;
      }
      again.push_back(directory);
      fault = error;
    }
  }
  m_left_over = std::move(again);
  if (fault && adopted.empty())
    throw *fault;
  crash_point("after_adoption");
  return adopted;
}

void Workspace::hand_out(const std::string& directory, std::vector<Claim>& adopted) {
  sync_directory(open_directory_at(m_instance_directory->fd.get(), directory).get(),
                 m_instance_directory->path + "/" + directory);
  Claim claim = claim_in(directory);
  if (claim.files.empty())
    finish(claim);
  else if (claim.directory.crashes > 0 && claim.files.size() > 1)
    one_by_one(std::move(claim), adopted);
  else
    adopted.push_back(std::move(claim));
}

Claim Workspace::claim_in(const std::string& directory) {
  ClaimDirectory parsed = *parse_directory_name(directory);
  return {parsed.id, parsed, files_of(directory), m_instance_directory};
}

// Which of them it was nobody knows: from now on each has its own count.
void Workspace::one_by_one(Claim claim, std::vector<Claim>& adopted) {
  const int instance_directory = m_instance_directory->fd.get();
  const std::string from = directory_name(claim.directory);
  ClaimDirectory part = claim.directory;
  for (Candidate& file : claim.files) {
    do
      ++part.part;
    while (::mkdirat(instance_directory, directory_name(part).c_str(), 0700) != 0 && errno == EEXIST);
    const std::string to = directory_name(part);
    if (const int code =
            rename_noreplace(instance_directory, from + "/" + file.name, instance_directory, to + "/" + file.name))
      throw system_error(code, "move " + path(claim, file.name) + " to a directory of its own");
    adopted.push_back({claim.id, part, {std::move(file)}, m_instance_directory});
  }
  finish(claim);
}

void Workspace::take_over(int work, const std::string& instance) {
  const std::string path = m_directories.work + "/" + instance;
  const Fd dead = lock_instance(work, instance);
  if (!dead) {
    if (errno == ENOTDIR)
      leave(path, "it is no directory of a daemon");
    return;
  }
  for_each_entry(dead.get(), [&](const char* name) {
    if (!parse_directory_name(name))
      leave(path + "/" + name, "it is no claim");
    else if (::renameat(dead.get(), name, m_instance_directory->fd.get(), name) != 0)
      leave(path + "/" + name, std::strerror(errno));
    else
      m_left_over.push_back(name);
    crash_point("in_adoption");
  });
  if (::unlinkat(work, instance.c_str(), AT_REMOVEDIR) == 0)
    log::info("took over from {}, which has ended", escape(instance));
}

// The work directory may go with its landing directory, and be made anew with it.
void Workspace::check_instance_directory() {
  struct stat named {};
  if (::fstatat(AT_FDCWD, m_instance_directory->path.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 &&
      is_same_inode(named, stat_of(m_instance_directory->fd.get(), m_instance_directory->path))) {
    keep_mount();
    return;
  }
  make_directory(m_directories.work, 0700);
  auto instance_directory = take_instance_directory(m_directories.work, m_instance);
  if (!instance_directory)
    throw Error(Fault::fatal, "work directory \"" + escape(m_directories.work) +
                                  "\" was replaced, and another daemon has our place in it")
        .exits(Exit::io_error);
  log::warn("work directory \"{}\" was replaced", escape(m_directories.work));
  m_instance_directory = std::move(instance_directory);
  m_left_over.clear();
  find_left_overs();
}

// Unmounted and mounted again it is the same directory, but between two mounts nothing can be renamed.
void Workspace::keep_mount() {
  Fd named = open_directory_at(AT_FDCWD, m_instance_directory->path);
  if (mount_of(named.get()) == mount_of(m_instance_directory->fd.get()))
    return;
  log::warn("work directory \"{}\" was mounted anew", escape(m_directories.work));
  m_instance_directory = std::make_shared<const InstanceDirectory>(InstanceDirectory{
      std::move(named), m_instance_directory->path, m_instance_directory->syncs_in_order, m_instance_directory});
}

void Workspace::find_left_overs() {
  for_each_entry(m_instance_directory->fd.get(), [&](const char* name) {
    if (parse_directory_name(name))
      m_left_over.push_back(name);
    else
      leave(m_instance_directory->path + "/" + name, "it is no claim");
  });
}

std::vector<Candidate> Workspace::files_of(const std::string& name_of_directory) {
  std::vector<Candidate> files;
  const Fd directory = open_directory_at(m_instance_directory->fd.get(), name_of_directory);
  for_each_entry(directory.get(), [&](const char* name) {
    const auto st = entry_stat(directory.get(), name);
    if (st && S_ISREG(st->st_mode))
      files.push_back(candidate_of(name, *st));
    else
      leave(m_instance_directory->path + "/" + name_of_directory + "/" + name, "it is no regular file");
  });
  std::sort(files.begin(), files.end(), is_older);
  return files;
}

void Workspace::make_durable(const Claim& claim) const {
  if (!claim.durable.valid())
    return;
  try {
    claim.durable.get();
  } catch (const Error&) {  // and so it will say at every try: from now on each tries for itself
    sync(*claim.instance_directory, directory_name(claim.directory), open_directory(m_directories.landing).get(),
         m_directories.landing);
  }
}

Fd Workspace::open(const Claim& claim, const std::string& name) const {
  struct stat st {};
  return open(claim, name, st);
}

Fd Workspace::open(const Claim& claim, const std::string& name, struct stat& st) const {
  Fd file = open_regular(claim.instance_directory->fd.get(), directory_name(claim.directory) + "/" + name, st);
  if (!file && errno == ELOOP)
    throw Error(Fault::bad_file, "\"" + escape(name) + "\" is no regular file");
  if (!file)
    throw system_error(errno, "open " + path(claim, name));
  return file;
}

void Workspace::finish(const Claim& claim) const {
  const int instance_directory = claim.instance_directory->fd.get();
  const std::string directory = directory_name(claim.directory);
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

std::string Workspace::path(const Claim& claim, const std::string& name) {
  return escape(claim.instance_directory->path + "/" + directory_name(claim.directory) + "/" + name);
}

std::optional<Candidate> Workspace::look(const Claim& claim, const std::string& name) {
  const auto st = entry_stat(claim.instance_directory->fd.get(), directory_name(claim.directory) + "/" + name);
  return st ? std::optional{candidate_of(name, *st)} : std::nullopt;
}

void Workspace::leave(const std::string& path, std::string_view why) {
  if (m_told.is_new(path + '\n' + std::string{why}))
    log::warn("\"{}\" is left where it is: {}", escape(path), why);
}

}  // namespace longshore::spool
