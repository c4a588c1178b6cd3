#include "admin/verify/verify.hpp"
#include "base/crash_point.hpp"
#include "base/fd.hpp"
#include "base/text.hpp"
#include "housekeeping/found_file.hpp"
#include "spool/archive/archive.hpp"
#include "spool/archive/archive_listing.hpp"
#include "spool/archive/locked_file.hpp"
#include "spool/archive/reason_file.hpp"
#include "spool/entries.hpp"
#include "store/ledger.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>

namespace longshore::admin {
namespace {

using housekeeping::FoundFile;

bool is_reason(const std::string& path, const std::string& name) {
  if (!name.ends_with(".reason.txt"))
    return false;
  const Fd file = spool::open_regular(AT_FDCWD, path);
  std::string head(spool::k_reason_head.size(), '\0');
  return file && read_some(file.get(), head, escape(path)) == head.size() && head == spool::k_reason_head;
}

class UnknownFiles {
 public:
  explicit UnknownFiles(const VerifyContext& context) : m_in(context), m_archive(context.directories) {}

  void run();

 private:
  void add(spool::ArchivePlace place);
  void look_up();
  bool is_unknown(const FoundFile& found);
  bool is_elsewhere(const FoundFile& found) const;
  housekeeping::Origin origin_of(const FoundFile& found, const spool::LockedFile& file) const;
  void report(const FoundFile& found);
  std::optional<spool::Returned> land(const FoundFile& found);

  const VerifyContext& m_in;
  spool::Archive m_archive;
  std::vector<spool::ArchivePlace> m_places;  // not looked up yet
};

void UnknownFiles::run() {
  for (const spool::Shelf shelf : {spool::Shelf::processed, spool::Shelf::failed})
    for (const std::string& day : spool::archive_days(m_in.directories, shelf, m_in.options.first_day(), ""))
      spool::for_each_archived(m_in.directories, shelf, day, [&](spool::ArchivePlace place) { add(std::move(place)); });
  look_up();
}

void UnknownFiles::add(spool::ArchivePlace place) {
  if (is_reason(place.path(m_in.directories), place.name))
    return;
  const Feed* feed = m_in.registry.route(place.name);
  if (!m_in.options.feed.empty() && (!feed || feed->name != m_in.options.feed))
    return;
  m_places.push_back(std::move(place));
  if (m_places.size() == housekeeping::k_most_found)
    look_up();
}

void UnknownFiles::look_up() {
  for (const FoundFile& found : housekeeping::look_up(m_in.session, std::exchange(m_places, {})))
    if (is_unknown(found))
      report(found);
}

// A file that another process has locked is about to leave.
bool UnknownFiles::is_unknown(const FoundFile& found) {
  if (!found.live().empty() || is_elsewhere(found))
    return false;
  if (found.rows.empty() && found.twins.empty())
    return true;
  const auto file = spool::LockedFile::open(m_in.directories, found.place);
  return file && origin_of(found, *file) == housekeeping::Origin::unknown;
}

// The ledger has this file of this claim at another place: check_copies() reports it as wrong_place.
bool UnknownFiles::is_elsewhere(const FoundFile& found) const {
  if (found.place.claim.empty())
    return false;
  const auto arrival = store::Ledger{m_in.session}.find_arrival(found.place.claim, escape(found.place.name));
  return arrival && !arrival->archive_path.empty() && arrival->archive_path != found.text;
}

housekeeping::Origin UnknownFiles::origin_of(const FoundFile& found, const spool::LockedFile& file) const {
  return housekeeping::origin_of(m_in.session, found.place, file, m_in.directories, [] {});
}

void UnknownFiles::report(const FoundFile& found) {
  Finding finding{"unknown_file", std::nullopt, escape(found.place.name), found.text, "no ledger row names it", ""};
  if (found.place.shelf == spool::Shelf::failed)
    finding.remedy = "to load it, move it into the landing directory";
  else if (!m_in.registry.route(found.place.name))
    finding.remedy = "no feed matches its name: declare one, or move the file elsewhere";
  else if (!m_in.options.repair)
    finding.remedy = "longshore verify --repair";
  else if (const auto done = land(found); !done || *done == spool::Returned::gone)
    return;
  else if (*done == spool::Returned::taken)
    finding.remedy = "landing has a file of this name: run verify --repair again after that one is loaded";
  else {
    finding.remedy = "returned to landing, to be loaded again";
    finding.is_repaired = true;
  }
  m_in.findings.add(finding);
}

// Since the look-up, another verify may have returned the file, and a daemon may have loaded and archived another one
// under its name. So the file is locked first: then its name cannot pass to another file, and the ledger is asked again.
// Returns nothing if the file is not unknown any more, or another process has it.
std::optional<spool::Returned> UnknownFiles::land(const FoundFile& found) {
  crash_point("verify_lands");
  const auto file = spool::LockedFile::open(m_in.directories, found.place);
  if (!file || origin_of(found, *file) != housekeeping::Origin::unknown || is_elsewhere(found))
    return {};
  return m_archive.return_to_landing(found.text, "", file->fd());
}

}  // namespace

void check_unknown_files(const VerifyContext& in) { UnknownFiles{in}.run(); }

}  // namespace longshore::admin
