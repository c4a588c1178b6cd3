#include "admin/verify/verify.hpp"
#include "base/text.hpp"
#include "decode/source.hpp"
#include "spool/archive/archive.hpp"
#include "spool/archive/growth.hpp"
#include "spool/entries.hpp"
#include "spool/work/claims.hpp"
#include "store/ledger_query.hpp"
#include "store/verify_queries.hpp"

#include <cerrno>
#include <optional>
#include <string>
#include <vector>

#include <fcntl.h>

namespace longshore::admin {
namespace {

constexpr std::uint64_t k_page = 1000;

// The hash of the file as it was loaded. "" if its compressed copy cannot be unpacked.
std::string digest_of(const store::KnownFile& row, const std::string& path) try {
  const Fd file = spool::open_regular(AT_FDCWD, path);
  if (!file && errno == ENOENT)
    return row.sha256;  // it was moved after the look-up
  if (!file)
    throw system_error(errno, "open " + escape(path));
  if (row.packed_bytes)
    return decode::UnpackedSource{file.get(), escape(path), row.size_bytes}.finish();
  return decode::FileSource{file.get(), escape(path)}.finish();
} catch (const Error& error) {
  if (error.fault() != Fault::bad_file)
    throw;
  return "";
}

// What helps if the archived copy of a loaded file is lost or damaged. A plain file at the place of a compressed copy would
// not be its copy.
std::string restore_remedy(const store::KnownFile& file) {
  if (!file.packed_bytes)
    return "restore the file from a backup";
  return "restore this compressed copy from a backup; any copy of the file serves for longshore replay " +
         std::to_string(file.file_id) + " --copy PATH";
}

class CopiesCheck {
 public:
  explicit CopiesCheck(const VerifyContext& context) : m_in(context), m_archive(context.directories) {}

  void run();

 private:
  void check(const store::KnownFile& file, bool is_owner);
  void check_content(const store::KnownFile& file);
  bool report_growth(const store::KnownFile& file, const std::string& path);
  void report_missing(const store::KnownFile& file);
  bool has_moved_since(const store::KnownFile& file);
  std::string claimed_by(const store::KnownFile& file) const;
  bool is_day_gone(const std::string& archive_path);
  bool is_there(const std::string& day) const;
  void count_gone();
  void end_day();

  const VerifyContext& m_in;
  spool::Archive m_archive;
  std::string m_day;  // "processed/2026-11-21", the last one looked up
  bool m_is_day_gone = false;
  std::vector<std::int64_t> m_gone_with_day;  // not counted yet
  std::uint64_t m_gone = 0;
};

void CopiesCheck::run() {
  std::optional<store::KnownFile> before;
  for (;;) {
    const auto files =
        store::read_archived(m_in.session, before.value_or(store::KnownFile{}), m_in.options.feed, k_page);
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
  if (day < m_in.options.first_day())
    return;
  // a compressed copy is only where its row says: at other places the name may be another file's
  const auto place = m_archive.find(file.archive_path, file.packed_bytes ? "" : file.claim);
  if (!place && claimed_by(file).empty() && is_day_gone(file.archive_path)) {
    m_gone_with_day.push_back(file.file_id);
    if (m_gone_with_day.size() == k_page)
      count_gone();
    return;
  }
  if (!place || (!is_owner && *place == file.archive_path))
    return report_missing(file);
  if (*place == file.archive_path)
    return check_content(file);
  Finding finding{"wrong_place",     file.file_id,         file.file_name,
                  file.archive_path, "it is in " + *place, "longshore verify --repair"};
  if (m_in.options.repair) {
    store::change_archive_path(m_in.session, file.file_id, file.archive_path, *place);
    finding.remedy = "the ledger was updated with this place";
    finding.is_repaired = true;
  }
  m_in.findings.add(finding);
} catch (const Error& error) {
  if (error.fault() != Fault::fatal)
    throw;
  m_in.findings.add(
      {"wrong_place", file.file_id, file.file_name, escape(file.archive_path), "not a place in the archive", ""});
}

void CopiesCheck::check_content(const store::KnownFile& file) {
  const std::string path = m_archive.resolve(file.archive_path);
  const auto st = spool::entry_stat(AT_FDCWD, path);
  if (!st)
    return;  // it was moved after the look-up, for example by longshore retry
  const auto size = static_cast<std::uint64_t>(st->st_size);
  const std::uint64_t expected = file.packed_bytes.value_or(file.size_bytes);
  if (!file.packed_bytes && size > file.size_bytes && file.status != store::Status::failed && report_growth(file, path))
    return;
  const std::string remedy = file.status == store::Status::failed
                                 ? "if it was corrected: longshore retry " + std::to_string(file.file_id)
                                 : restore_remedy(file);
  if (size != expected)
    m_in.findings.add({"wrong_size", file.file_id, file.file_name, file.archive_path,
                       std::to_string(size) + " bytes, the ledger says " + std::to_string(expected), remedy});
  else if (m_in.options.deep && !file.sha256.empty() && digest_of(file, path) != file.sha256)
    m_in.findings.add({"wrong_content", file.file_id, file.file_name, file.archive_path,
                       "its sha256 differs from the ledger", remedy});
}

// A process went on writing the file after it was loaded. Returns false if its beginning is not what was loaded.
bool CopiesCheck::report_growth(const store::KnownFile& file, const std::string& path) {
  const Fd copy = spool::open_regular(AT_FDCWD, path);
  const auto growth =
      copy ? spool::growth_of(copy.get(), file.size_bytes, file.sha256, escape(path)) : std::optional<spool::Growth>{};
  if (!growth)
    return false;
  const bool is_noted = file.grew_to == growth->size_bytes || m_in.note_growth(file.file_id, growth->size_bytes);
  m_in.findings.add({"grown", file.file_id, file.file_name, file.archive_path,
                     std::to_string(growth->size_bytes) + " bytes, of which the first " +
                         std::to_string(file.size_bytes) + " are loaded: a process went on writing it",
                     "longshore replay --grown" + (is_noted ? "" : " " + std::to_string(file.file_id))});
  return true;
}

void CopiesCheck::report_missing(const store::KnownFile& file) {
  if (const std::string instance = claimed_by(file); !instance.empty()) {
    if (!spool::is_alive(m_in.directories.work, instance))
      m_in.findings.add({"not_moved", file.file_id, file.file_name, file.archive_path,
                         "it is finished, but still in a claim of " + escape(instance) + ", which does not run",
                         "longshore run, or run --once: its start moves the file"});
    return;
  }
  if (has_moved_since(file))
    return;
  // a failed file that returned to landing: it waits there, or a newer arrival has its name
  if (file.status == store::Status::failed &&
      (spool::is_in_landing(m_in.directories.landing, unescape(file.file_name)) ||
       store::has_newer_arrival(m_in.session, file.file_name, file.file_id)))
    return;
  m_in.findings.add({"missing_copy", file.file_id, file.file_name, file.archive_path,
                     "its status is " + std::string{store::status_name(file.status)},
                     file.status == store::Status::failed ? "upload the file again if you have another copy"
                                                          : "its rows are in the database; " + restore_remedy(file)});
}

bool CopiesCheck::has_moved_since(const store::KnownFile& file) {
  const auto now = store::read_file(m_in.session, file.file_id);
  if (!now || now->archive_path != file.archive_path || !now->purged_at.empty())
    return true;
  return store::owner_of_place(m_in.session, file.archive_path) == file.file_id &&
         m_archive.find(file.archive_path, file.claim);
}

// Returns the instance that still has the file in a claim, or "" if there is none.
std::string CopiesCheck::claimed_by(const store::KnownFile& file) const {
  return spool::instance_with(m_in.directories.work, file.claim, unescape(file.file_name));
}

// A whole day may have been removed on purpose: it is reported as one finding.
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
  const std::string& root = day.starts_with("processed/") ? m_in.directories.processed : m_in.directories.failed;
  const auto st = spool::entry_stat(AT_FDCWD, root + day.substr(day.find('/')));
  return st && S_ISDIR(st->st_mode);
}

// Asks the ledger again: a purge may have emptied the day after its rows were read.
void CopiesCheck::count_gone() {
  for (const store::KnownFile& file : store::read_files(m_in.session, m_gone_with_day))
    m_gone += file.has_copy() && file.archive_path.starts_with(m_day + "/") ? 1 : 0;
  m_gone_with_day.clear();
}

void CopiesCheck::end_day() {
  count_gone();
  if (m_gone > 0 && !is_there(m_day))  // a daemon may have created the day since the first check
    m_in.findings.add({"missing_day", std::nullopt, "", escape(m_day),
                       "the directory does not exist; the ledger names " + human_count(m_gone) + " files in it",
                       "none if it was removed on purpose; --since with a later day excludes it"});
  m_gone = 0;
}

}  // namespace

void check_copies(const VerifyContext& in) { CopiesCheck{in}.run(); }

}  // namespace longshore::admin
