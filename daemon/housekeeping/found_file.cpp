#include "housekeeping/found_file.hpp"

#include "base/error.hpp"
#include "base/time.hpp"
#include "decode/source.hpp"
#include "spool/open_writer.hpp"

#include <algorithm>
#include <unordered_map>

namespace longshore::housekeeping {
namespace {

// The hash of the file as it was loaded; "" if a packed copy cannot be unpacked, or if the file changes meanwhile.
std::string loaded_hash_of(int file, const std::string& name, bool is_packed, std::uint64_t size_bytes,
                           const Rest& rest) try {
  if (is_packed) {
    decode::UnpackedSource content{file, name, size_bytes};
    return hash_of(content, rest);
  }
  decode::FileSource content{file, name};
  return hash_of(content, rest);
} catch (const Error& error) {
  if (error.fault() != Fault::bad_file && error.fault() != Fault::contention)
    throw;
  return "";
}

// `is_packed`: this file is, whatever the row says of its copy.
bool has_content(const store::KnownFile& row, const std::string& place, const spool::LockedFile& file, bool is_packed,
                 const Rest& rest) {
  const auto size = static_cast<std::uint64_t>(file.stat().st_size);
  if (row.sha256.empty() || (!is_packed && size != row.size_bytes))
    return false;
  return loaded_hash_of(file.fd(), place, is_packed, row.size_bytes, rest) == row.sha256;
}

// The row still names this place.
bool names(const std::vector<store::KnownFile>& rows, const store::KnownFile& row) {
  return std::ranges::any_of(rows, [&](const store::KnownFile& now) {
    return now.file_id == row.file_id && now.archive_path == row.archive_path;
  });
}

// A compression holds the lock on the file from before it names the copy until it has removed the file. So with the locks
// on both, the row names for good what it names now. A twin that is damaged makes this file the last copy.
Origin origin_of_twin(store::Session& session, const FoundFile& found, const store::KnownFile& row,
                      const spool::Directories& directories, const Rest& rest) {
  if (!row.purged_at.empty())
    return Origin::purged;
  const auto twin = spool::LockedFile::open(directories, spool::ArchivePlace::parse(row.archive_path));
  if (!twin || !has_content_of(row, row.archive_path, *twin, rest))
    return Origin::unclear;
  const FoundFile now = look_up(session, {&found.place, 1}).front();
  if (!now.live().empty())
    return Origin::known;
  return names(now.twins, row) ? Origin::second_copy : Origin::unclear;
}

}  // namespace

std::string packed_place(const std::string& place) { return place + k_packed_suffix; }

std::string unpacked_place(const std::string& place) {
  const std::string_view suffix = k_packed_suffix;
  return place.ends_with(suffix) ? place.substr(0, place.size() - suffix.size()) : "";
}

std::vector<const store::KnownFile*> FoundFile::live() const {
  std::vector<const store::KnownFile*> live;
  for (const store::KnownFile& row : rows)
    if (row.has_copy())
      live.push_back(&row);
  return live;
}

std::vector<FoundFile> look_up(store::Session& session, std::span<const spool::ArchivePlace> places) {
  std::vector<FoundFile> all;
  if (places.empty())
    return all;
  std::vector<std::string> names;
  all.reserve(places.size());
  names.reserve(places.size() * 3);
  for (const spool::ArchivePlace& place : places) {
    all.push_back({place, place.text()});
    names.push_back(all.back().text);
    names.push_back(packed_place(all.back().text));
    if (std::string unpacked = unpacked_place(all.back().text); !unpacked.empty())
      names.push_back(std::move(unpacked));
  }
  std::unordered_multimap<std::string, store::KnownFile> rows;
  for (store::KnownFile& row : store::read_files_at(session, names)) {
    std::string place = row.archive_path;
    rows.emplace(std::move(place), std::move(row));
  }
  const auto add = [&](const std::string& place, std::vector<store::KnownFile>& to) {
    const auto [begin, end] = rows.equal_range(place);
    for (auto row = begin; row != end; ++row)
      to.push_back(row->second);
  };
  for (FoundFile& found : all) {
    add(found.text, found.rows);
    add(packed_place(found.text), found.twins);
    add(unpacked_place(found.text), found.twins);
  }
  return all;
}

Origin origin_of(store::Session& session, const spool::ArchivePlace& place, const spool::LockedFile& file,
                 const spool::Directories& directories, const Rest& rest) {
  const FoundFile found = look_up(session, {&place, 1}).front();
  if (!found.live().empty())
    return Origin::known;
  // an interrupted purge; no other file can ever have the place of a failed one
  for (const store::KnownFile& row : found.rows)
    if (place.shelf == spool::Shelf::failed || has_content_of(row, found.text, file, rest))
      return Origin::purged;
  // an interrupted compression
  for (const store::KnownFile& row : found.twins) {
    const bool is_copy_packed = row.archive_path == packed_place(found.text);
    if (is_copy_packed == row.packed_bytes.has_value() && has_content(row, found.text, file, !is_copy_packed, rest))
      return origin_of_twin(session, found, row, directories, rest);
  }
  return Origin::unknown;
}

bool has_content_of(const store::KnownFile& row, const std::string& place, const spool::LockedFile& file,
                    const Rest& rest) {
  return has_content(row, place, file, row.packed_bytes.has_value(), rest);
}

bool has_mtime_of(const store::KnownFile& row, const spool::LockedFile& file) {
  const timespec& mtime = file.stat().st_mtim;
  return parse_time(row.modified_at).micros == micros_of(mtime.tv_sec, mtime.tv_nsec);
}

bool may_be_written(const spool::LockedFile& file, std::chrono::milliseconds open_grace) {
  const timespec& mtime = file.stat().st_mtim;
  switch (spool::find_open_writer(file.fd())) {
  case spool::OpenWriter::none:
    return false;
  case spool::OpenWriter::found:
    return true;
  case spool::OpenWriter::unknown:
    break;
  }
  return micros_of(mtime.tv_sec, mtime.tv_nsec) > now_micros() - std::chrono::microseconds{open_grace}.count();
}

}  // namespace longshore::housekeeping
