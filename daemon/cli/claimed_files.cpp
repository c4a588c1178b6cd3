#include "cli/claimed_files.hpp"

#include "admin/retry.hpp"
#include "admin/takeout.hpp"
#include "base/text.hpp"
#include "cli/database.hpp"
#include "cli/report.hpp"
#include "spool/work/claim_id.hpp"

#include <set>

namespace longshore::cli {
namespace {

using admin::TakeoutKind;
using admin::TakeoutResult;

std::string word_of(TakeoutResult::Kind kind, TakeoutKind how) {
  switch (kind) {
  case TakeoutResult::Kind::done:
    return how == TakeoutKind::skip ? "skipped" : "released";
  case TakeoutResult::Kind::settled:
    return "settled";
  case TakeoutResult::Kind::taken:
    return "taken";
  case TakeoutResult::Kind::busy:
    return "busy";
  case TakeoutResult::Kind::gone:
    break;
  }
  return "gone";
}

class Work {
 public:
  Work(const Arguments& arguments, TakeoutKind how)
      : m_how(how), m_dry_run(arguments.has("dry-run")), m_config(arguments.settings().config),
        m_registry(Registry::load(m_config.feeds)), m_directories{m_config.landing, m_config.work, m_config.processed,
                                                                  m_config.failed},
        m_session(m_dry_run ? open_for_reading(m_config)
                            : open_for_writing(m_config, how == TakeoutKind::skip ? "skip" : "release")),
        m_hand(*m_session, m_registry, m_directories),
        m_report({{"file_name"}, {"claim"}, {"instance"}, {"result"}, {"detail"}},
                 output_format(arguments.has("json"))),
        m_unmet(arguments.positional().begin(), arguments.positional().end()) {}

  Exit run() {
    const std::set<std::string, std::less<>> wanted = m_unmet;
    spool::for_each_claimed(m_directories.work, [&](const spool::ClaimedFile& file) {
      for (const std::string& word : {file.claim.id, escape(file.entry.name), file.entry.name})
        if (wanted.contains(word)) {
          m_unmet.erase(word);
          take(file);
          return;
        }
    });
    for (const std::string& word : m_unmet)
      is_elsewhere(word);
    return m_is_well ? Exit::ok : Exit::left_over;
  }

 private:
  void tell(const std::string& name, const std::string& claim, const std::string& instance, const std::string& result,
            const std::string& detail) {
    m_report.add({name, claim, escape(instance), result, detail});
  }

  void take(const spool::ClaimedFile& file) {
    const TakeoutResult out = m_dry_run ? m_hand.look(file, m_how) : m_hand.take_out(file, m_how);
    const bool done = out.kind == TakeoutResult::Kind::done;
    tell(escape(file.entry.name), file.claim.id, file.instance, done && m_dry_run ? "would" : word_of(out.kind, m_how),
         out.what);
    m_is_well = m_is_well && done;
  }

  // In no claim: skipped before, or a row that waits for an outcome which never comes.
  void is_elsewhere(const std::string& word) {
    if (m_how == TakeoutKind::skip && spool::is_claim_id(word) && !m_dry_run) {
      const auto closed = m_hand.close_loading(word);
      for (const std::string& name : closed)
        tell(name, word, "", "skipped", "its file is in no claim any more; its ledger row says failed now");
      if (!closed.empty())
        return;
    }
    const auto rows =
        m_session->exec("select " + std::string{admin::k_retry_columns} +
                            " from ingest_log where file_name in ($1, $2) and status = 'failed' and error = $3 "
                            "order by file_id desc limit 1",
                        {word, escape(word), std::string{admin::k_skipped}});
    const bool was_skipped = !rows.empty() && !store::as_text(rows.rows[0][4]).empty();  // and not put back since
    if (m_how == TakeoutKind::skip || !was_skipped) {
      tell(escape_clipped(word, 300), "", "", was_skipped ? "before" : "gone",
           was_skipped ? "it was skipped before"
                       : (rows.empty() ? "no claimed file or claim is called so"
                                       : "it was put back into the landing directory since, and is in no claim now"));
      m_is_well = m_is_well && was_skipped;
      return;
    }
    spool::Archive archive{m_directories};
    const admin::Retried retried =
        admin::retry_file(*m_session, archive, m_directories.landing, rows.rows[0], m_dry_run);
    tell(store::as_text(rows.rows[0][1]), store::as_text(rows.rows[0][3]), "",
         retried.result == "landing" ? "released" : retried.result, retried.detail);
    m_is_well = m_is_well && retried.is_well;
  }

  const TakeoutKind m_how;
  const bool m_dry_run;
  const config::Config m_config;
  const Registry m_registry;
  const spool::Directories m_directories;
  const std::unique_ptr<store::Session> m_session;
  admin::Takeout m_hand;
  Report m_report;
  std::set<std::string, std::less<>> m_unmet;  // words that no claimed file answers to
  bool m_is_well = true;
};

}  // namespace

Exit take_claimed(const Arguments& arguments, TakeoutKind how) try {
  return Work{arguments, how}.run();
} catch (const Error& error) {
  throw as_exit(error);
}

std::vector<Flag> claimed_flags() {
  return {{"dry-run", "", "only tell what would be done"}, {"json", "", "one JSON object a line"}};
}

}  // namespace longshore::cli
