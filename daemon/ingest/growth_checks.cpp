#include "ingest/growth_checks.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "spool/archive/growth.hpp"
#include "spool/open_writer.hpp"
#include "store/ledger.hpp"
#include "store/ledger_query.hpp"

#include <algorithm>

namespace longshore::ingest {
namespace {

constexpr int k_most_a_run = 100;  // loaders have other work
constexpr unsigned k_looks_without_lease = 2;

// Returns the copy's open writer: it may grow later. `none` if there is nothing to look at any more.
spool::OpenWriter check(const store::KnownFile& file, store::Session& session, const spool::Archive& archive,
                        observe::Observer& observer) {
  const Fd copy = archive.open(file.archive_path, file.claim);
  if (!copy)
    return spool::OpenWriter::none;
  const auto growth = spool::growth_of(copy.get(), file.size_bytes, file.sha256, file.file_name);
  if (!growth)
    return spool::find_open_writer(copy.get());
  store::Ledger{session}.set_grew_to(file.file_id, growth->size_bytes);
  log::warn("{}: grew from {} to {} bytes after it was loaded; hint: longshore replay --grown {}", file.file_name,
            file.size_bytes, growth->size_bytes, file.file_id);
  observer.file_grew(file.file_id, file.file_name, growth->size_bytes - file.size_bytes);
  return spool::OpenWriter::none;
}

bool is_looked_at_again(spool::OpenWriter writer, unsigned looks) {
  return writer == spool::OpenWriter::found || (writer == spool::OpenWriter::unknown && looks < k_looks_without_lease);
}

}  // namespace

void GrowthChecks::add(std::int64_t file_id, Clock::time_point due) { add(Planned{file_id, due}); }

void GrowthChecks::add(const Planned& planned) {
  const std::lock_guard lock{m_mutex};
  if (m_planned.size() >= k_most_growth_checks)
    m_planned.pop_front();
  m_planned.insert(std::ranges::upper_bound(m_planned, planned.due, {}, &Planned::due), planned);
}

std::optional<GrowthChecks::Clock::time_point> GrowthChecks::next_due() const {
  const std::lock_guard lock{m_mutex};
  return m_planned.empty() ? std::nullopt : std::optional{m_planned.front().due};
}

std::optional<GrowthChecks::Planned> GrowthChecks::take_due() {
  const std::lock_guard lock{m_mutex};
  if (m_planned.empty() || m_planned.front().due > Clock::now())
    return {};
  const Planned planned = m_planned.front();
  m_planned.pop_front();
  return planned;
}

void GrowthChecks::run(store::Session& session, const spool::Archive& archive, const config::Config& config,
                       observe::Observer& observer) {
  for (int i = 0; i < k_most_a_run; ++i) {
    auto planned = take_due();
    if (!planned)
      return;
    try {
      ++planned->looks;
      const auto file = store::read_file(session, planned->file_id);
      if (!file || !file->has_copy() || file->packed_bytes ||
          !is_looked_at_again(check(*file, session, archive, observer), planned->looks))
        continue;
      planned->due = Clock::now() + config.open_grace;
      add(*planned);
    } catch (...) {
      add(*planned);
      throw;
    }
  }
}

}  // namespace longshore::ingest
