#include "admin/named_takeout.hpp"

#include "admin/retry.hpp"
#include "base/text.hpp"
#include "spool/work/claim_id.hpp"

#include <set>

namespace longshore::admin {
namespace {

std::string result_name(TakeoutResult::Kind result, TakeoutKind kind) {
  switch (result) {
  case TakeoutResult::Kind::done:
    return kind == TakeoutKind::skip ? "skipped" : "released";
  case TakeoutResult::Kind::finished:
    return "finished";
  case TakeoutResult::Kind::taken:
    return "taken";
  case TakeoutResult::Kind::busy:
    return "busy";
  case TakeoutResult::Kind::gone:
    break;
  }
  return "gone";
}

}  // namespace

bool NamedTakeout::run(const std::vector<std::string>& words) {
  const std::set<std::string, std::less<>> wanted{words.begin(), words.end()};
  std::set<std::string, std::less<>> unclaimed = wanted;
  bool all_done = true;
  spool::for_each_claimed(m_directories.work, [&](const spool::ClaimedFile& file) {
    for (const std::string& word : {file.claim.id, escape(file.entry.name), file.entry.name})
      if (wanted.contains(word)) {
        unclaimed.erase(word);
        all_done = take_out(file) && all_done;
        return;
      }
  });
  for (const std::string& word : unclaimed)
    all_done = (close_loading(word) || take_unclaimed(word)) && all_done;
  return all_done;
}

bool NamedTakeout::take_out(const spool::ClaimedFile& file) {
  const TakeoutResult out = m_dry_run ? m_takeout.check(file, m_kind) : m_takeout.take_out(file, m_kind);
  const bool is_done = out.kind == TakeoutResult::Kind::done;
  m_report({escape(file.entry.name), file.claim.id, escape(file.instance),
            is_done && m_dry_run ? "would move" : result_name(out.kind, m_kind), out.what});
  return is_done;
}

// For skip only: closes rows of this claim that still say `loading` although their files are in no claim. Returns false
// if there are no such rows.
bool NamedTakeout::close_loading(const std::string& claim) {
  if (m_kind != TakeoutKind::skip || m_dry_run || !spool::is_claim_id(claim))
    return false;
  const auto closed = m_takeout.close_loading(claim);
  for (const std::string& name : closed)
    m_report({name, claim, "", "skipped", "the file is in no claim; its status in the ledger was set to failed"});
  return !closed.empty();
}

// For a file that was skipped before: skip does nothing, release returns it from failed/.
bool NamedTakeout::take_unclaimed(const std::string& word) {
  const auto file = store::newest_failed(m_session, word, escape(word), k_skipped);
  const bool was_skipped = file && !file->archive_path.empty();  // and has not returned to landing since
  if (m_kind == TakeoutKind::skip || !was_skipped) {
    m_report({escape_clipped(word, 300), "", "", was_skipped ? "already done" : "gone",
              was_skipped ? "it was skipped earlier"
              : file      ? "it was skipped, then returned to the landing directory; it is in no claim now"
                          : "no claimed file or claim has this name"});
    return was_skipped;
  }
  spool::Archive archive{m_directories};
  const RetryResult retried = retry_file(m_session, archive, m_directories, *file, m_dry_run);
  m_report(
      {file->file_name, file->claim, "", retried.result == "landing" ? "released" : retried.result, retried.detail});
  return retried.is_in_landing;
}

}  // namespace longshore::admin
