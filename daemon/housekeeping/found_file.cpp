#include "housekeeping/found_file.hpp"

#include "base/error.hpp"
#include "decode/source.hpp"

#include <algorithm>
#include <unordered_map>

namespace longshore::housekeeping {
namespace {

// The hash of the file as it was loaded; "" if a packed copy cannot be unpacked.
std::string hash_of(int file, const std::string& name, bool is_packed, std::uint64_t size_bytes) try {
  if (is_packed)
    return decode::UnpackedSource{file, name, size_bytes}.finish();
  return decode::FileSource{file, name}.finish();
} catch (const Error& error) {
  if (error.fault() != Fault::bad_file)
    throw;
  return "";
}

bool has_content_of(const store::KnownFile& row, const FoundFile& found, const spool::LockedFile& file,
                    bool is_packed) {
  const auto size = static_cast<std::uint64_t>(file.stat().st_size);
  if (row.sha256.empty() || (!is_packed && size != row.size_bytes))
    return false;
  return hash_of(file.fd(), found.text, is_packed, row.size_bytes) == row.sha256;
}

// The row still names this place.
bool names(const std::vector<store::KnownFile>& rows, const store::KnownFile& row) {
  return std::ranges::any_of(rows, [&](const store::KnownFile& now) {
    return now.file_id == row.file_id && now.archive_path == row.archive_path;
  });
}

// A compression holds the lock on the file from before it names the copy until it has removed the file. So with the locks
// on both, the row names for good what it names now.
Origin origin_of_twin(store::Session& session, const FoundFile& found, const store::KnownFile& row,
                      const spool::Directories& directories) {
  if (!row.purged_at.empty())
    return Origin::leftover;
  const auto twin = spool::LockedFile::open(directories, spool::ArchivePlace::parse(row.archive_path));
  if (!twin)
    return Origin::unclear;
  const FoundFile now = look_up(session, {&found.place, 1}).front();
  if (!now.live().empty())
    return Origin::known;
  return names(now.twins, row) ? Origin::leftover : Origin::unclear;
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
                 const spool::Directories& directories) {
  const FoundFile found = look_up(session, {&place, 1}).front();
  if (!found.live().empty())
    return Origin::known;
  // an interrupted purge; no other file can ever have the place of a failed one
  for (const store::KnownFile& row : found.rows)
    if (place.shelf == spool::Shelf::failed || has_content_of(row, found, file, row.packed_bytes.has_value()))
      return Origin::leftover;
  // an interrupted compression
  for (const store::KnownFile& row : found.twins) {
    const bool is_copy_packed = row.archive_path == packed_place(found.text);
    if (is_copy_packed == row.packed_bytes.has_value() && has_content_of(row, found, file, !is_copy_packed))
      return origin_of_twin(session, found, row, directories);
  }
  return Origin::unknown;
}

}  // namespace longshore::housekeeping
