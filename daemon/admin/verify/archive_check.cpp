#include "admin/verify/archive_check.hpp"

#include "base/digest.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "spool/entries.hpp"
#include "spool/work/claim_id.hpp"
#include "spool/work/claims.hpp"

#include <algorithm>
#include <set>

#include <fcntl.h>

namespace longshore::admin {
namespace {

constexpr std::int64_t k_page = 1000;
constexpr std::size_t k_look_ups = 500;  // in one statement

bool is_day(const std::string& name) { return name.size() == 10 && parse_date(name).days.has_value(); }

std::string digest_of(const std::string& path) {
  const Fd file = spool::open_regular(AT_FDCWD, path);
  if (!file)
    throw system_error(errno, "open " + escape(path));
  Sha256 digest;
  std::vector<char> block(1 << 20);
  while (const std::size_t got = read_some(file.get(), block, escape(path)))
    digest.update({block.data(), got});
  return digest.finish();
}

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

struct ArchiveCheck::Row {
  std::int64_t file_id = 0;
  std::string file_name;
  std::string claim;
  std::string status;
  std::uint64_t size_bytes = 0;
  std::string sha256;
  std::string place;
};

// ---- the ledger against the files

void ArchiveCheck::ledger_against_files() {
  std::optional<Row> before;  // the newest row of a place owns it
  std::string place;
  std::int64_t file_id = 0;
  for (;;) {
    const store::Rows rows = m_session.exec(
        "select file_id, file_name, claim, status, size_bytes, sha256, archive_path from ingest_log "
        "where (archive_path, file_id) > ($1, $2) and ($3 = '' or feed = $3) order by archive_path, file_id limit $4",
        {place, file_id, m_options.feed, k_page});
    for (const auto& values : rows.rows) {
      Row row{store::as_int(values[0]),
              store::as_text(values[1]),
              store::as_text(values[2]),
              store::as_text(values[3]),
              static_cast<std::uint64_t>(store::as_int(values[4])),
              store::as_text(values[5]),
              store::as_text(values[6])};
      place = row.place;
      file_id = row.file_id;
      if (before)
        check_row(*before, before->place != row.place);
      before = std::move(row);
    }
    if (rows.size() < static_cast<std::size_t>(k_page))
      break;
  }
  if (before)
    check_row(*before, true);
  end_day();
}

void ArchiveCheck::check_row(const Row& row, bool is_owner) try {
  const std::string day = row.place.substr(row.place.find('/') + 1, 10);
  if (day < m_options.first_day())
    return;
  const auto place = m_archive.find(row.place, row.claim);
  if (!place && claimed_by(row).empty() && is_day_gone(row.place)) {
    ++m_gone_with_day;
    return;
  }
  if (!place || (!is_owner && *place == row.place))
    return report_missing(row);
  if (*place == row.place)
    return check_content(row);
  Finding finding{
      "wrong_place", row.file_id, row.file_name, row.place, "it lies in " + *place, "longshore verify --repair"};
  if (m_options.repair) {
    m_session.exec("update ingest_log set archive_path = $1 where file_id = $2 and archive_path = $3",
                   {*place, row.file_id, row.place});
    finding.mend = "the ledger names it now";
    finding.is_repaired = true;
  }
  m_findings.add(finding);
} catch (const Error& error) {
  if (error.fault() != Fault::fatal)
    throw;
  m_findings.add({"wrong_place", row.file_id, row.file_name, escape(row.place), "it is no place in the archive", ""});
}

void ArchiveCheck::check_content(const Row& row) {
  const std::string path = m_archive.resolve(row.place);
  const auto st = spool::entry_stat(AT_FDCWD, path);
  if (!st)
    return;  // put back just now
  const std::string mend = row.status == "failed" ? "if it was mended: longshore retry " + std::to_string(row.file_id)
                                                  : "restore the file from a backup";
  if (const auto size = static_cast<std::uint64_t>(st->st_size); size != row.size_bytes)
    m_findings.add({"wrong_size", row.file_id, row.file_name, row.place,
                    std::to_string(size) + " bytes, the ledger says " + std::to_string(row.size_bytes), mend});
  else if (m_options.deep && !row.sha256.empty() && digest_of(path) != row.sha256)
    m_findings.add({"wrong_content", row.file_id, row.file_name, row.place, "its sha256 is not the ledger's", mend});
}

void ArchiveCheck::report_missing(const Row& row) {
  if (const std::string instance = claimed_by(row); !instance.empty()) {
    if (!spool::is_alive(m_directories.work, instance))
      m_findings.add({"not_moved", row.file_id, row.file_name, row.place,
                      "it is settled, and still in the claim of " + escape(instance) + ", which does not run",
                      "longshore run, or run --once: the start moves it"});
    return;
  }
  if (has_moved_meanwhile(row))
    return;
  // a failed file was mended or put back: it is waiting, or a newer arrival has its name
  if (row.status == "failed" && (spool::entry_stat(AT_FDCWD, m_directories.landing + "/" + unescape(row.file_name)) ||
                                 !m_session
                                      .exec("select 1 from ingest_log where file_name = $1 and file_id > $2 limit 1",
                                            {row.file_name, row.file_id})
                                      .empty()))
    return;
  m_findings.add({"missing_copy", row.file_id, row.file_name, row.place, "the ledger says " + row.status,
                  row.status == "failed" ? "drop the file again, if there is another copy"
                                         : "its rows are in the database; restore the file from a backup"});
}

bool ArchiveCheck::has_moved_meanwhile(const Row& row) {
  const auto now = m_session.exec("select archive_path from ingest_log where file_id = $1", {row.file_id});
  if (now.empty() || store::as_text(now.rows[0][0]) != row.place)
    return true;
  const auto holder = m_session.exec("select max(file_id) from ingest_log where archive_path = $1", {row.place});
  return store::as_int(holder.rows[0][0]) == row.file_id && m_archive.find(row.place, row.claim);
}

// The instance in whose claim the file still is; "" for none.
std::string ArchiveCheck::claimed_by(const Row& row) const {
  return spool::instance_with(m_directories.work, row.claim, unescape(row.file_name));
}

// A whole day may have been removed on purpose: that is one line, however many files it had.
bool ArchiveCheck::is_day_gone(const std::string& archive_path) {
  const std::string day = archive_path.substr(0, archive_path.find('/', archive_path.find('/') + 1));
  if (day != m_day) {
    end_day();
    m_day = day;
    m_is_day_gone = !is_there(day);
  }
  return m_is_day_gone;
}

bool ArchiveCheck::is_there(const std::string& day) const {
  const std::string& root = day.starts_with("processed/") ? m_directories.processed : m_directories.failed;
  const auto st = spool::entry_stat(AT_FDCWD, root + day.substr(day.find('/')));
  return st && S_ISDIR(st->st_mode);
}

void ArchiveCheck::end_day() {
  if (m_gone_with_day > 0 && !is_there(m_day))  // a daemon may have begun the day just now
    m_findings.add({"missing_day", std::nullopt, "", escape(m_day),
                    "the directory is gone; the ledger names " + human_count(m_gone_with_day) + " files in it",
                    "nothing, if it was removed on purpose: --since leaves it out"});
  m_gone_with_day = 0;
}

// ---- the files against the ledger

void ArchiveCheck::files_against_ledger() {
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

void ArchiveCheck::list(const std::string& path, const std::string& place, bool with_claims) {
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

void ArchiveCheck::look_up() {
  if (m_found.empty())
    return;
  std::vector<store::Value> places;
  std::string list;
  for (const Found& found : m_found) {
    places.emplace_back(found.place);
    list += (list.empty() ? "$" : ", $") + std::to_string(places.size());
  }
  std::set<std::string> known;
  for (const auto& row :
       m_session.exec("select archive_path from ingest_log where archive_path in (" + list + ")", places).rows)
    known.insert(store::as_text(row[0]));
  for (const Found& found : m_found)
    if (!known.contains(found.place))
      report_unknown(found);
  m_found.clear();
}

void ArchiveCheck::report_unknown(const Found& found) {
  // aside in its claim's directory: its row has another place, which is a finding of the other direction
  if (!found.claim.empty() &&
      !m_session.exec("select 1 from ingest_log where claim = $1 and file_name = $2", {found.claim, escape(found.name)})
           .empty())
    return;
  Finding finding{"unknown_file", std::nullopt, escape(found.name), found.place, "no row of the ledger names it", ""};
  if (!found.place.starts_with("processed/"))
    finding.mend = "move it into the landing directory, if it should be tried again";
  else if (!m_registry.route(found.name))
    finding.mend = "no feed takes it: declare one, or move it elsewhere";
  else if (!m_options.repair)
    finding.mend = "longshore verify --repair";
  else
    switch (m_archive.return_to_landing(found.place, "")) {
    case spool::Returned::done:
      finding.mend = "put back into landing, to be loaded again";
      finding.is_repaired = true;
      break;
    case spool::Returned::taken:
      finding.mend = "its name is taken in landing: verify --repair again when that is loaded";
      break;
    case spool::Returned::gone:
      return;
    }
  m_findings.add(finding);
}

}  // namespace longshore::admin
