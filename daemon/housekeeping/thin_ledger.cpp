#include "housekeeping/thin_ledger.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "store/old_rejects.hpp"

namespace longshore::housekeeping {
namespace {

constexpr std::uint64_t k_files = 20;  // of one transaction: up to 20 000 rows with the default stored_rejects
// Files are looked at in the order of their ids, so the oldest come first. After so many files in a row that are not
// old enough, no older one is expected: a replay makes a file young again, but seldom so many.
constexpr std::uint64_t k_enough_young = 1000;

}  // namespace

void ThinLedger::run(Round& round) {
  const std::string before = format_time(round.now() - m_age);
  std::uint64_t deleted = 0;
  std::uint64_t young = 0;
  for (std::int64_t after = 0; young < k_enough_young;) {
    const auto files = store::files_with_rejects(round.session(), after, k_files);
    if (files.empty())
      break;
    after = files.back();
    const std::uint64_t gone = store::delete_rejects(round.session(), files, before);
    young = gone == 0 ? young + files.size() : 0;
    deleted += gone;
    round.work().rows += gone;
    round.rest();
  }
  if (deleted > 0)
    log::info("keep_ledger: {} stored faults of rejected records deleted", human_count(deleted));
}

}  // namespace longshore::housekeeping
