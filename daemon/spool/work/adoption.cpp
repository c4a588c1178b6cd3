// The part of Workspace that finds the claims of earlier runs and of instances that ended.
#include "base/crash_point.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "spool/beneath.hpp"
#include "spool/entries.hpp"
#include "spool/work/wait_reasons.hpp"
#include "spool/work/workspace.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace longshore::spool {

std::vector<Claim> Workspace::adopt() {
  if (::access(m_directories.landing.c_str(), F_OK) != 0)
    return {};  // the landing directory is missing: Landing logs it and waits
  check_instance_directory();
  const Fd work = open_directory_at(AT_FDCWD, m_directories.work);
  for_each_entry(work.get(), [&](const char* name) {
    if (name[0] != '.' && name != m_instance)
      adopt_instance(work.get(), name);
  });
  if (m_to_adopt.empty())
    return {};
  sync_directory(m_instance_directory->fd.get(), m_instance_directory->path);
  sync_directory(open_directory(m_directories.landing).get(), m_directories.landing);
  std::sort(m_to_adopt.begin(), m_to_adopt.end());
  std::vector<Claim> adopted;
  std::vector<std::string> retry;
  std::optional<Error> fault;
  for (const std::string& directory : m_to_adopt) {
    try {
      adopt_directory(directory, adopted);
    } catch (const Error& error) {  // a claim that cannot be read must not stop the adoption of the rest
      if (error.code() == "ENOENT")
        continue;
      if (error.code() == "ENOTDIR" || error.code() == "ELOOP") {
        log_once(m_instance_directory->path + "/" + directory, "it is not a claim");
        continue;
      }
      retry.push_back(directory);
      fault = error;
    }
  }
  m_to_adopt = std::move(retry);
  if (fault && adopted.empty())
    throw *fault;
  crash_point("after_adoption");
  return adopted;
}

void Workspace::adopt_directory(const std::string& directory, std::vector<Claim>& adopted) {
  sync_directory(open_directory_at(m_instance_directory->fd.get(), directory).get(),
                 m_instance_directory->path + "/" + directory);
  Claim claim = claim_in(directory);
  sync_subdirectories(claim);
  if (claim.files.empty())
    finish(claim);
  else if (claim.directory.crashes > 0 && claim.files.size() > 1)
    split_crashed(std::move(claim), adopted);
  else
    adopted.push_back(std::move(claim));
}

Claim Workspace::claim_in(const std::string& directory) {
  ClaimDirectory parsed = *parse_directory_name(directory);
  Claim claim{parsed.id, parsed, {}, m_instance_directory};
  add_files(claim);
  return claim;
}

// The claim's directory is durable already.
void Workspace::sync_subdirectories(const Claim& claim) const {
  if (claim.directories.empty())
    return;
  const Fd landing = open_directory(m_directories.landing);
  for (const std::string& below : claim.directories) {
    if (below.empty())
      continue;
    const std::string name = claim.entry(below);
    sync_directory(open_directory_at(m_instance_directory->fd.get(), name).get(),
                   m_instance_directory->path + "/" + name);
    if (const Fd source = open_beneath(landing.get(), below))  // a producer may have removed it
      sync_directory(source.get(), m_directories.landing + "/" + below);
  }
}

namespace {

// As Claim::directories, of the claim of this file alone.
std::vector<std::string> directories_of(std::string_view name) {
  std::vector<std::string> directories;
  for (auto below = directory_part(name); !below.empty(); below = directory_part(below))
    directories.emplace_back(below);
  if (!directories.empty())
    directories.emplace_back();  // the claim's directory itself
  return directories;
}

}  // namespace

// It is unknown which file crashed the process, so each file gets a directory with its own crash count.
void Workspace::split_crashed(Claim claim, std::vector<Claim>& adopted) {
  const int instance_directory = m_instance_directory->fd.get();
  ClaimDirectory part = claim.directory;
  for (Candidate& file : claim.files) {
    do
      ++part.part;
    while (::mkdirat(instance_directory, directory_name(part).c_str(), 0700) != 0 && errno == EEXIST);
    const std::string to = directory_name(part) + "/" + file.name;
    make_directories_of(instance_directory, to);
    if (const int code = rename_noreplace(instance_directory, claim.entry(file.name), instance_directory, to))
      throw system_error(code, "move " + path(claim, file.name) + " to a directory of its own");
    std::vector<std::string> directories = directories_of(file.name);
    adopted.push_back({claim.id, part, {std::move(file)}, m_instance_directory, {}, std::move(directories)});
  }
  finish(claim);
}

void Workspace::adopt_instance(int work, const std::string& instance) {
  const std::string path = m_directories.work + "/" + instance;
  const Fd ended = lock_instance(work, instance);
  if (!ended) {
    if (errno == ENOTDIR)
      log_once(path, "it is not an instance directory");
    return;
  }
  for_each_entry(ended.get(), [&](const char* name) {
    if (!parse_directory_name(name))
      log_once(path + "/" + name, "it is not a claim");
    else if (::renameat(ended.get(), name, m_instance_directory->fd.get(), name) != 0)
      log_once(path + "/" + name, std::strerror(errno));
    else
      m_to_adopt.push_back(name);
    crash_point("in_adoption");
  });
  ::unlinkat(work, wait_reasons_name(instance).c_str(), 0);  // the instance left it, if it did not end by itself
  if (::unlinkat(work, instance.c_str(), AT_REMOVEDIR) == 0)
    log::info("took over the claims of {}, which has ended", escape(instance));
}

void Workspace::find_own_claims() {
  for_each_entry(m_instance_directory->fd.get(), [&](const char* name) {
    if (parse_directory_name(name))
      m_to_adopt.push_back(name);
    else
      log_once(m_instance_directory->path + "/" + name, "it is not a claim");
  });
}

void Workspace::add_files(Claim& claim) {
  const Fd directory = open_directory_at(m_instance_directory->fd.get(), directory_name(claim.directory));
  for_each_below(directory.get(), [&](const std::string& path, const struct stat& st) {
    if (S_ISREG(st.st_mode))
      claim.files.push_back(candidate_of(path, st));
    else if (S_ISDIR(st.st_mode))
      claim.directories.push_back(path);
    else
      log_once(m_instance_directory->path + "/" + claim.entry(path), "it is not a regular file");
  });
  std::sort(claim.files.begin(), claim.files.end(), is_older);
}

}  // namespace longshore::spool
