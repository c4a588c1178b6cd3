#include "admin/verify/unknown_files.hpp"

#include "base/fd.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "spool/entries.hpp"
#include "spool/work/claim_id.hpp"
#include "store/ledger.hpp"
#include "store/verify_queries.hpp"

#include <set>

#include <fcntl.h>

namespace longshore::admin {
namespace {

constexpr std::size_t k_look_ups = 500;  // in one statement

bool is_day(const std::string& name) { return name.size() == 10 && parse_date(name).days.has_value(); }

// A text that a failed file has beside it.
bool is_reason(const std::string& path, const std::string& name) {
  if (!name.ends_with(".reason.txt"))
    return false;
  constexpr std::string_view k_head = "longshore did not load this file";
  const Fd file = spool::open_regular(AT_FDCWD, path);
  std::string head(k_head.size(), '\0');
  return file && read_some(file.get(), head, escape(path)) == head.size() && head == k_head;
}

}  // namespace

void UnknownFiles::run() {
  for (const spool::Shelf shelf : {spool::Shelf::processed, spool::Shelf::failed}) {
    const bool is_failed = shelf == spool::Shelf::failed;
    const std::string& root = is_failed ? m_directories.failed : m_directories.processed;
    if (!spool::entry_stat(AT_FDCWD, root))
      continue;
    std::set<std::string> days;
    spool::for_each_entry(open_directory(root).get(), [&](const char* name) {
      if (is_day(name) && name >= m_options.first_day())
        days.insert(name);
    });
    for (const std::string& day : days)
      list(root + "/" + day, (is_failed ? "failed/" : "processed/") + day, true);
  }
  look_up();
}

void UnknownFiles::list(const std::string& path, const std::string& place, bool with_claims) {
  const Fd directory = spool::open_directory_at(AT_FDCWD, path);
  spool::for_each_entry(directory.get(), [&](const char* entry) {
    const std::string name = entry;
    const auto st = spool::entry_stat(directory.get(), name);
    if (!st)
      return;
    if (S_ISDIR(st->st_mode) && with_claims && spool::is_claim_id(name))
      return list(path + "/" + name, place + "/" + name, false);
    const bool is_hidden = name[0] == '.';  // a copy or a reason that is being written
    if (!S_ISREG(st->st_mode) || is_hidden || is_reason(path + "/" + name, name))
      return;
    const Feed* feed = m_registry.route(name);
    if (!m_options.feed.empty() && (!feed || feed->name != m_options.feed))
      return;
    m_found.push_back({place + "/" + escape(name), name, with_claims ? "" : place.substr(place.rfind('/') + 1)});
    if (m_found.size() == k_look_ups)
      look_up();
  });
}

void UnknownFiles::look_up() {
  if (m_found.empty())
    return;
  std::vector<std::string> places;
  for (const Found& found : m_found)
    places.push_back(found.place);
  const auto known = store::known_places(m_session, places);
  for (const Found& found : m_found)
    if (!known.contains(found.place))
      report(found);
  m_found.clear();
}

void UnknownFiles::report(const Found& found) {
  // beside its place, in its claim's directory: CopiesCheck reports it as wrong_place
  if (!found.claim.empty() && store::Ledger{m_session}.find_arrival(found.claim, escape(found.name)))
    return;
  Finding finding{"unknown_file", std::nullopt, escape(found.name), found.place, "no row of the ledger names it", ""};
  if (!found.place.starts_with("processed/"))
    finding.remedy = "move it into the landing directory, if it should be tried again";
  else if (!m_registry.route(found.name))
    finding.remedy = "no feed takes it: declare one, or move it elsewhere";
  else if (!m_options.repair)
    finding.remedy = "longshore verify --repair";
  else
    switch (m_archive.return_to_landing(found.place, "")) {
    case spool::Returned::done:
      finding.remedy = "put back into landing, to be loaded again";
      finding.is_repaired = true;
      break;
    case spool::Returned::taken:
      finding.remedy = "its name is taken in landing: verify --repair again when that is loaded";
      break;
    case spool::Returned::gone:
      return;
    }
  m_findings.add(finding);
}

}  // namespace longshore::admin
