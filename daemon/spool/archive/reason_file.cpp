#include "spool/archive/reason_file.hpp"

#include "base/crash_point.hpp"
#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/text.hpp"
#include "spool/archive/archive_place.hpp"
#include "spool/entries.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace longshore::spool {
namespace {

constexpr std::string_view k_ending = ".reason.txt";
constexpr std::size_t k_name_bytes = 255;

// The name of the reason file if another file has the usual one.
std::string second_name(const std::string& archive_path) { return name_hash(archive_path) + std::string{k_ending}; }

// An empty file that no other writer has open: a daemon and a command may write the same reason at the same time. A
// file that a killed writer left is used again. If the file system has no locks, two writers may use the file at the
// same time.
Fd create_locked(int directory, const std::string& name) {
  for (;;) {
    Fd file{::openat(directory, name.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0640)};
    if (!file)
      return file;
    ::flock(file.get(), LOCK_EX);
    const auto named = entry_stat(directory, name);
    if (!named || !is_same_inode(*named, stat_of(file.get(), name)))
      continue;  // another writer renamed it before this one got the lock
    if (::ftruncate(file.get(), 0) != 0)
      throw system_error(errno, "empty " + name);
    return file;
  }
}

// Whether the name is free, or its text begins with the same line: then it is an earlier reason of the same file.
bool may_replace(int directory, const std::string& name, std::string_view text) {
  const Fd there = open_regular(directory, name);
  if (!there)
    return errno == ENOENT;  // ELOOP: a directory of landing has this name, for example
  const std::string_view line = text.substr(0, text.find('\n'));
  std::string head(line.size(), '\0');
  return read_some(there.get(), head, name) == line.size() && head == line;
}

}  // namespace

std::string reason_head(std::int64_t file_id) {
  return std::string{k_reason_head} + " (file_id " + std::to_string(file_id) + " in ingest_log)";
}

std::string usual_reason_name(const std::string& name) {
  const std::size_t room = k_name_bytes - k_ending.size();
  if (name.size() <= room)
    return name + std::string{k_ending};
  const std::string hash = "~" + name_hash(name);
  return std::string{clip_utf8(name, room - hash.size())} + hash + std::string{k_ending};
}

int write_reason_file(int directory, const std::string& archive_path, ReasonName name, std::string_view text) {
  const std::string temporary = "." + second_name(archive_path);
  const Fd file = create_locked(directory, temporary);
  if (!file)
    return errno;
  write_all(file.get(), text, "the reason file of " + archive_path);
  std::string reason = usual_reason_name(ArchivePlace::parse(archive_path).file_name());
  if (name == ReasonName::second || !may_replace(directory, reason, text))
    reason = second_name(archive_path);
  crash_point("before_reason_named");
  if (::renameat(directory, temporary.c_str(), directory, reason.c_str()) != 0)
    throw system_error(errno, "name the reason file of " + archive_path);
  return 0;
}

void remove_reason_file(int directory, const std::string& archive_path, std::string_view text) {
  for (const std::string& reason :
       {usual_reason_name(ArchivePlace::parse(archive_path).file_name()), second_name(archive_path)})
    if (may_replace(directory, reason, text))
      ::unlinkat(directory, reason.c_str(), 0);
}

}  // namespace longshore::spool
