// The part of Workspace that finds the claims of earlier runs and of instances that ended.
#include "base/crash_point.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "spool/entries.hpp"
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
  if (claim.files.empty())
    finish(claim);
  else if (claim.directory.crashes > 0 && claim.files.size() > 1)
    split_crashed(std::move(claim), adopted);
  else
    adopted.push_back(std::move(claim));
}

Claim Workspace::claim_in(const std::string& directory) {
  ClaimDirectory parsed = *parse_directory_name(directory);
  return {parsed.id, parsed, files_of(directory), m_instance_directory};
}

// It is unknown which file crashed the process, so each file gets a directory with its own crash count.
void Workspace::split_crashed(Claim claim, std::vector<Claim>& adopted) {
  const int instance_directory = m_instance_directory->fd.get();
  ClaimDirectory part = claim.directory;
  for (Candidate& file : claim.files) {
    do
      ++part.part;
    while (::mkdirat(instance_directory, directory_name(part).c_str(), 0700) != 0 && errno == EEXIST);
    const std::string to = directory_name(part);
    if (const int code =
            rename_noreplace(instance_directory, claim.entry(file.name), instance_directory, to + "/" + file.name))
      throw system_error(code, "move " + path(claim, file.name) + " to a directory of its own");
    adopted.push_back({claim.id, part, {std::move(file)}, m_instance_directory});
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

std::vector<Candidate> Workspace::files_of(const std::string& name_of_directory) {
  std::vector<Candidate> files;
  const Fd directory = open_directory_at(m_instance_directory->fd.get(), name_of_directory);
  for_each_entry(directory.get(), [&](const char* name) {
    const auto st = entry_stat(directory.get(), name);
    if (st && S_ISREG(st->st_mode))
      files.push_back(candidate_of(name, *st));
    else
      log_once(m_instance_directory->path + "/" + name_of_directory + "/" + name, "it is not a regular file");
  });
  std::sort(files.begin(), files.end(), is_older);
  return files;
}

}  // namespace longshore::spool
