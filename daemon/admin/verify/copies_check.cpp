#include "admin/verify/copies_check.hpp"

#include "base/digest.hpp"
#include "base/text.hpp"
#include "spool/entries.hpp"
#include "spool/work/claims.hpp"
#include "store/verify_queries.hpp"

#include <cerrno>
#include <optional>
#include <vector>

#include <fcntl.h>

namespace longshore::admin {
namespace {

constexpr std::uint64_t k_page = 1000;

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

}  // namespace

void CopiesCheck::run() {
  std::optional<store::KnownFile> before;
  for (;;) {
    const auto files = store::read_archived(m_session, before.value_or(store::KnownFile{}), m_options.feed, k_page);
    for (const store::KnownFile& file : files) {
      // several rows may name one place: the newest owns it
      if (before)
        check(*before, before->archive_path != file.archive_path);
      before = file;
    }
    if (files.size() < k_page)
      break;
  }
  if (before)
    check(*before, true);
  end_day();
}

void CopiesCheck::check(const store::KnownFile& file, bool is_owner) try {
  const std::string day = file.archive_path.substr(file.archive_path.find('/') + 1, 10);
  if (day < m_options.first_day())
    return;
  const auto place = m_archive.find(file.archive_path, file.claim);
  if (!place && claimed_by(file).empty() && is_day_gone(file.archive_path)) {
    ++m_gone_with_day;
    return;
  }
  if (!place || (!is_owner && *place == file.archive_path))
    return report_missing(file);
  if (*place == file.archive_path)
    return check_content(file);
  Finding finding{"wrong_place",     file.file_id,           file.file_name,
                  file.archive_path, "it lies in " + *place, "longshore verify --repair"};
  if (m_options.repair) {
    store::change_archive_path(m_session, file.file_id, file.archive_path, *place);
    finding.remedy = "the ledger names it now";
    finding.is_repaired = true;
  }
  m_findings.add(finding);
} catch (const Error& error) {
  if (error.fault() != Fault::fatal)
    throw;
  m_findings.add(
      {"wrong_place", file.file_id, file.file_name, escape(file.archive_path), "it is no place in the archive", ""});
}

void CopiesCheck::check_content(const store::KnownFile& file) {
  const std::string path = m_archive.resolve(file.archive_path);
  const auto st = spool::entry_stat(AT_FDCWD, path);
  if (!st)
    return;  // put back just now
  const std::string remedy = file.status == store::Status::failed
                                 ? "if it was mended: longshore retry " + std::to_string(file.file_id)
                                 : "restore the file from a backup";
  if (const auto size = static_cast<std::uint64_t>(st->st_size); size != file.size_bytes)
    m_findings.add({"wrong_size", file.file_id, file.file_name, file.archive_path,
                    std::to_string(size) + " bytes, the ledger says " + std::to_string(file.size_bytes), remedy});
  else if (m_options.deep && !file.sha256.empty() && digest_of(path) != file.sha256)
    m_findings.add(
        {"wrong_content", file.file_id, file.file_name, file.archive_path, "its sha256 is not the ledger's", remedy});
}

void CopiesCheck::report_missing(const store::KnownFile& file) {
  if (const std::string instance = claimed_by(file); !instance.empty()) {
    if (!spool::is_alive(m_directories.work, instance))
      m_findings.add({"not_moved", file.file_id, file.file_name, file.archive_path,
                      "it is settled, and still in the claim of " + escape(instance) + ", which does not run",
                      "longshore run, or run --once: the start moves it"});
    return;
  }
  if (has_moved_since(file))
    return;
  // a failed file was mended or put back: it is waiting, or a newer arrival has its name
  if (file.status == store::Status::failed &&
      (spool::entry_stat(AT_FDCWD, m_directories.landing + "/" + unescape(file.file_name)) ||
       store::has_newer_arrival(m_session, file.file_name, file.file_id)))
    return;
  m_findings.add({"missing_copy", file.file_id, file.file_name, file.archive_path,
                  "the ledger says " + std::string{store::status_name(file.status)},
                  file.status == store::Status::failed
                      ? "drop the file again, if there is another copy"
                      : "its rows are in the database; restore the file from a backup"});
}

bool CopiesCheck::has_moved_since(const store::KnownFile& file) {
  const auto now = store::read_file(m_session, file.file_id);
  if (!now || now->archive_path != file.archive_path)
    return true;
  return store::owner_of_place(m_session, file.archive_path) == file.file_id &&
         m_archive.find(file.archive_path, file.claim);
}

// The instance in whose claim the file still is; "" for none.
std::string CopiesCheck::claimed_by(const store::KnownFile& file) const {
  return spool::instance_with(m_directories.work, file.claim, unescape(file.file_name));
}

// A whole day may have been removed on purpose: that is one line, however many files it had.
bool CopiesCheck::is_day_gone(const std::string& archive_path) {
  const std::string day = archive_path.substr(0, archive_path.find('/', archive_path.find('/') + 1));
  if (day != m_day) {
    end_day();
    m_day = day;
    m_is_day_gone = !is_there(day);
  }
  return m_is_day_gone;
}

bool CopiesCheck::is_there(const std::string& day) const {
  const std::string& root = day.starts_with("processed/") ? m_directories.processed : m_directories.failed;
  const auto st = spool::entry_stat(AT_FDCWD, root + day.substr(day.find('/')));
  return st && S_ISDIR(st->st_mode);
}

void CopiesCheck::end_day() {
  if (m_gone_with_day > 0 && !is_there(m_day))  // a daemon may have begun the day just now
    m_findings.add({"missing_day", std::nullopt, "", escape(m_day),
                    "the directory is gone; the ledger names " + human_count(m_gone_with_day) + " files in it",
                    "nothing, if it was removed on purpose: --since leaves it out"});
  m_gone_with_day = 0;
}

}  // namespace longshore::admin
