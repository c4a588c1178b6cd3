#include "admin/verify/verify.hpp"
#include "base/fd.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "ingest/archiving.hpp"
#include "spool/archive/archive.hpp"
#include "spool/entries.hpp"
#include "spool/work/claim_id.hpp"
#include "store/ledger.hpp"
#include "store/verify_queries.hpp"

#include <set>
#include <string>
#include <vector>

#include <fcntl.h>

namespace longshore::admin {
namespace {

constexpr std::size_t k_places_a_statement = 500;

bool is_day(const std::string& name) { return name.size() == 10 && parse_date(name).days.has_value(); }

bool is_reason(const std::string& path, const std::string& name) {
  if (!name.ends_with(".reason.txt"))
    return false;
  const Fd file = spool::open_regular(AT_FDCWD, path);
  std::string head(ingest::k_reason_head.size(), '\0');
  return file && read_some(file.get(), head, escape(path)) == head.size() && head == ingest::k_reason_head;
}

class UnknownFiles {
 public:
  explicit UnknownFiles(const VerifyContext& context) : m_in(context), m_archive(context.directories) {}

  void run();

 private:
  struct Found {
    std::string place;
    std::string name;   // below landing, bytes
    std::string claim;  // whose sub-directory it is in; "" for none
  };

  void list(const std::string& path, const Found& directory);
  void look_up();
  void report(const Found& found);

  const VerifyContext& m_in;
  spool::Archive m_archive;
  std::vector<Found> m_found;  // not looked up yet
};

void UnknownFiles::run() {
  for (const spool::Shelf shelf : {spool::Shelf::processed, spool::Shelf::failed}) {
    const bool is_failed = shelf == spool::Shelf::failed;
    const std::string& root = is_failed ? m_in.directories.failed : m_in.directories.processed;
    if (!spool::entry_stat(AT_FDCWD, root))
      continue;
    std::set<std::string> days;
    spool::for_each_entry(open_directory(root).get(), [&](const char* name) {
      if (is_day(name) && name >= m_in.options.first_day())
        days.insert(name);
    });
    for (const std::string& day : days)
      list(root + "/" + day, {(is_failed ? "failed/" : "processed/") + day, "", ""});
  }
  look_up();
}

// `in` is the directory, with the part of its name that is below landing.
void UnknownFiles::list(const std::string& path, const Found& in) {
  const Fd directory = spool::open_directory_at(AT_FDCWD, path);
  spool::for_each_entry(directory.get(), [&](const char* entry) {
    const std::string name = entry;
    const auto st = spool::entry_stat(directory.get(), name);
    if (!st)
      return;
    const std::string place = in.place + "/" + escape(name);
    const std::string below = in.name.empty() ? name : in.name + "/" + name;
    if (S_ISDIR(st->st_mode) && name[0] != '.') {
      const bool is_claim = in.name.empty() && in.claim.empty() && spool::is_claim_id(name);
      return list(path + "/" + name, is_claim ? Found{place, "", name} : Found{place, below, in.claim});
    }
    const bool is_hidden = name[0] == '.';  // a copy or a reason file that is still being written
    if (!S_ISREG(st->st_mode) || is_hidden || is_reason(path + "/" + name, name))
      return;
    const Feed* feed = m_in.registry.route(below);
    if (!m_in.options.feed.empty() && (!feed || feed->name != m_in.options.feed))
      return;
    m_found.push_back({place, below, in.claim});
    if (m_found.size() == k_places_a_statement)
      look_up();
  });
}

void UnknownFiles::look_up() {
  if (m_found.empty())
    return;
  std::vector<std::string> places;
  for (const Found& found : m_found)
    places.push_back(found.place);
  const auto known = store::known_places(m_in.session, places);
  for (const Found& found : m_found)
    if (!known.contains(found.place))
      report(found);
  m_found.clear();
}

void UnknownFiles::report(const Found& found) {
  // the ledger has this file of this claim at another place: check_copies() reports it as wrong_place
  if (!found.claim.empty()) {
    const auto arrival = store::Ledger{m_in.session}.find_arrival(found.claim, escape(found.name));
    if (arrival && !arrival->archive_path.empty())
      return;
  }
  Finding finding{"unknown_file", std::nullopt, escape(found.name), found.place, "no ledger row names it", ""};
  if (!found.place.starts_with("processed/"))
    finding.remedy = "to load it, move it into the landing directory";
  else if (!m_in.registry.route(found.name))
    finding.remedy = "no feed matches its name: declare one, or move the file elsewhere";
  else if (!m_in.options.repair)
    finding.remedy = "longshore verify --repair";
  else
    switch (m_archive.return_to_landing(found.place, "")) {
    case spool::Returned::done:
      finding.remedy = "returned to landing, to be loaded again";
      finding.is_repaired = true;
      break;
    case spool::Returned::taken:
      finding.remedy = "landing has a file of this name: run verify --repair again after that one is loaded";
      break;
    case spool::Returned::gone:
      return;
    }
  m_in.findings.add(finding);
}

}  // namespace

void check_unknown_files(const VerifyContext& in) { UnknownFiles{in}.run(); }

}  // namespace longshore::admin
