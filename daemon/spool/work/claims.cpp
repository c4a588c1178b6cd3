#include "spool/work/claims.hpp"

#include "base/error.hpp"
#include "spool/entries.hpp"
#include "spool/work/claim_id.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/file.h>

namespace longshore::spool {
namespace {

Fd open_if_exists(int directory, const std::string& name) {
  Fd fd{::openat(directory, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
  if (!fd && errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
    throw system_error(errno, "open directory " + name);
  return fd;
}

std::vector<std::string> names_in(int directory) {
  std::vector<std::string> names;
  for_each_entry(directory, [&](const char* name) { names.emplace_back(name); });
  std::ranges::sort(names);
  return names;
}

std::vector<Candidate> files_in(int claim) {
  std::vector<Candidate> files;
  for_each_below(claim, [&](const std::string& path, const struct stat& st) {
    if (S_ISREG(st.st_mode))
      files.push_back(candidate_of(path, st));
  });
  std::ranges::sort(files, {}, &Candidate::name);
  return files;
}

}  // namespace

std::vector<std::string> instances_in(const std::string& work_path) {
  const Fd work = open_if_exists(AT_FDCWD, work_path);
  if (!work)
    return {};
  std::vector<std::string> names = names_in(work.get());
  std::erase_if(names, [&](const std::string& name) {
    const auto st = entry_stat(work.get(), name);
    return name[0] == '.' || !st || !S_ISDIR(st->st_mode);
  });
  return names;
}

void for_each_claimed(const std::string& work_path, const std::function<void(const ClaimedFile&)>& visit) {
  for (const std::string& instance : instances_in(work_path)) {
    const std::string path = work_path + "/" + instance;
    Fd directory = open_if_exists(AT_FDCWD, path);
    if (!directory)
      continue;
    const auto instance_directory =
        std::make_shared<const InstanceDirectory>(InstanceDirectory{std::move(directory), path});
    for (const std::string& claim_name : names_in(instance_directory->fd.get())) {
      const auto parsed = parse_directory_name(claim_name);
      const Fd claim = parsed ? open_if_exists(instance_directory->fd.get(), claim_name) : Fd{};
      if (!claim)
        continue;
      for (const Candidate& entry : files_in(claim.get()))
        visit({instance, {parsed->id, *parsed, {}, instance_directory}, entry});
    }
  }
}

std::string instance_with(const std::string& work, const std::string& claim_id, const std::string& name) {
  for (const std::string& instance : instances_in(work)) {
    const Fd instance_directory = open_if_exists(AT_FDCWD, work + "/" + instance);
    if (!instance_directory)
      continue;
    for (const std::string& directory : names_in(instance_directory.get())) {
      const auto parsed = parse_directory_name(directory);
      if (parsed && parsed->id == claim_id && entry_stat(instance_directory.get(), directory + "/" + name))
        return instance;
    }
  }
  return "";
}

bool is_alive(const std::string& work, const std::string& instance) {
  const Fd instance_directory = open_if_exists(AT_FDCWD, work + "/" + instance);
  if (!instance_directory)
    return false;
  if (::flock(instance_directory.get(), LOCK_SH | LOCK_NB) == 0)
    return false;  // closing the descriptor releases the lock
  if (errno != EWOULDBLOCK)
    throw system_error(errno, "test the lock of " + instance);
  return true;
}

}  // namespace longshore::spool
