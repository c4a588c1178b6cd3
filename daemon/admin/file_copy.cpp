#include "admin/file_copy.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "spool/entries.hpp"

#include <cerrno>
#include <vector>

#include <fcntl.h>

namespace longshore::admin {
namespace {

bool has_bytes_of(const FileCopy& copy, const store::KnownFile& file) try {
  return source_of(copy, file)->finish() == file.sha256;
} catch (const Error& error) {
  if (error.fault() != Fault::bad_file)
    throw;
  return false;  // not compressed data, or more of it
}

std::vector<std::string> candidates(const std::string& path, const store::KnownFile& file) {
  const auto st = spool::entry_stat(AT_FDCWD, path);
  if (!st || !S_ISDIR(st->st_mode))
    return {path};
  const std::string name = path + "/" + unescape(file.file_name);
  return {name, name + ".zst", name + ".gz"};
}

}  // namespace

FileCopy open_archived(const spool::Archive& archive, const store::KnownFile& file) {
  if (!file.has_copy())
    return {};
  const bool is_packed = file.packed_bytes.has_value();
  // a compressed copy is only where its row says: at other places the name may be another file's
  return {archive.open(file.archive_path, is_packed ? "" : file.claim), is_packed,
          escape(archive.resolve(file.archive_path))};
}

std::optional<FileCopy> find_given(const std::string& path, const store::KnownFile& file) {
  for (const std::string& candidate : candidates(path, file)) {
    FileCopy copy{spool::open_regular(AT_FDCWD, candidate), false, escape(candidate)};
    if (!copy && errno != ENOENT)
      throw system_error(errno, "open " + copy.path);
    if (!copy)
      continue;
    if (static_cast<std::uint64_t>(stat_of(copy.file.get(), copy.path).st_size) == file.size_bytes &&
        has_bytes_of(copy, file))
      return copy;
    copy.is_packed = true;
    if (has_bytes_of(copy, file))
      return copy;
  }
  return {};
}

std::unique_ptr<decode::HashedSource> source_of(const FileCopy& copy, const store::KnownFile& file) {
  if (copy.is_packed)
    return std::make_unique<decode::UnpackedSource>(copy.file.get(), file.file_name, file.size_bytes);
  return std::make_unique<decode::FileSource>(copy.file.get(), file.file_name);
}

std::string why_no_copy(const spool::Archive& archive, const store::KnownFile& file) {
  if (!file.purged_at.empty())
    return "its archived copy was purged on " + file.purged_at.substr(0, 10);
  if (file.archive_path.empty())
    return "its archived copy does not exist";
  return "its archived copy does not exist: " + escape(archive.resolve(file.archive_path));
}

}  // namespace longshore::admin
