#include "spool/archive/archive_place.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "spool/work/claim_id.hpp"

#include <algorithm>

namespace longshore::spool {
namespace {

constexpr std::string_view k_processed = "processed";
constexpr std::string_view k_failed = "failed";

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> parts;
  for (std::size_t slash; (slash = path.find('/')) != path.npos; path.remove_prefix(slash + 1))
    parts.emplace_back(path.substr(0, slash));
  parts.emplace_back(path);
  return parts;
}

bool is_plain_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == name.npos && name.find('\0') == name.npos;
}

}  // namespace

ArchivePlace ArchivePlace::of(Shelf shelf, const std::string& claim_id, std::string name) {
  return {shelf, claim_date(claim_id), "", std::move(name)};
}

ArchivePlace ArchivePlace::parse(std::string_view archive_path) {
  std::vector<std::string> parts = split(archive_path);
  const bool has_claim = parts.size() > 3 && is_claim_id(parts[2]);
  std::string name;
  for (std::size_t i = has_claim ? 3 : 2; i < parts.size(); ++i) {
    parts[i] = unescape(parts[i]);
    name += (name.empty() ? "" : "/") + parts[i];
  }
  const bool is_place = parts.size() >= 3 && (parts[0] == k_processed || parts[0] == k_failed) &&
                        std::ranges::all_of(parts, is_plain_name);
  if (!is_place)
    throw Error(Fault::fatal, "\"" + escape(archive_path) + "\" is not a place in the archive");
  return {parts[0] == k_processed ? Shelf::processed : Shelf::failed, parts[1], has_claim ? parts[2] : "",
          std::move(name)};
}

ArchivePlace ArchivePlace::in_claim_directory(const std::string& claim_id) const {
  ArchivePlace place = *this;
  if (place.claim.empty())
    place.claim = claim_id;
  return place;
}

std::vector<std::string> ArchivePlace::directories() const {
  std::vector<std::string> all{day};
  if (!claim.empty())
    all.push_back(claim);
  std::vector<std::string> parts = split(name);
  all.insert(all.end(), parts.begin(), parts.end() - 1);
  return all;
}

std::string ArchivePlace::file_name() const { return split(name).back(); }

std::string ArchivePlace::text() const {
  std::string text{shelf == Shelf::processed ? k_processed : k_failed};
  text += "/" + day;
  if (!claim.empty())
    text += "/" + claim;
  return text + "/" + escape(name);
}

const std::string& ArchivePlace::root(const Directories& all) const {
  return shelf == Shelf::processed ? all.processed : all.failed;
}

std::string ArchivePlace::directory_path(const Directories& all) const {
  std::string path = root(all);
  for (const std::string& directory : directories())
    path += "/" + directory;
  return path;
}

std::string ArchivePlace::path(const Directories& all) const { return directory_path(all) + "/" + file_name(); }

}  // namespace longshore::spool
