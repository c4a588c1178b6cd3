#include "ingest/drift.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "decode/unread_members.hpp"

#include <tuple>
#include <utility>

namespace longshore::ingest {
namespace {

constexpr std::chrono::minutes k_interval{1};
constexpr std::size_t k_most_warnings = 20;  // of one feed, each time

void report(const std::string& feed, std::span<const store::DriftRow> added, observe::Observer& observer) {
  for (std::size_t i = 0; i < added.size(); ++i) {
    observer.drift_found(feed, added[i].path, added[i].type);
    if (i < k_most_warnings)
      log::warn("{}: no column reads the member {} ({}), first in file {}; longshore feeds drift {} prints its column",
                feed, added[i].path, added[i].type, added[i].first_file_id, feed);
  }
  if (added.size() > k_most_warnings)
    log::warn("{}: no column reads {} more members; longshore feeds drift {} prints their columns", feed,
              added.size() - k_most_warnings, feed);
}

}  // namespace

void DriftCounts::add(const store::LedgerRow& row, std::int64_t file_id, std::span<const decode::UnreadMember> unread) {
  if (unread.empty())
    return;
  const std::lock_guard lock{m_mutex};
  for (const decode::UnreadMember& member : unread)
    merge({row.feed, escape(member.path), std::string{member.type}, member.records, file_id, file_id, row.finished_at,
           row.finished_at});
}

// The caller has the lock.
void DriftCounts::merge(const store::DriftRow& row) {
  if (m_feeds.empty())
    m_due = Clock::now() + k_interval;
  Paths& paths = m_feeds[row.feed];
  const auto found = paths.find(row.path);
  if (found == paths.end()) {
    if (paths.size() < store::k_most_drift_paths)
      paths.emplace(row.path, row);
    return;
  }
  store::DriftRow& sum = found->second;
  sum.type = decode::common_type(sum.type, row.type);
  sum.records += row.records;
  if (row.first_file_id < sum.first_file_id)
    std::tie(sum.first_file_id, sum.first_seen) = std::tie(row.first_file_id, row.first_seen);
  if (row.last_file_id > sum.last_file_id)
    std::tie(sum.last_file_id, sum.last_seen) = std::tie(row.last_file_id, row.last_seen);
}

std::optional<DriftCounts::Clock::time_point> DriftCounts::next_due() const {
  const std::lock_guard lock{m_mutex};
  return m_feeds.empty() ? std::nullopt : std::optional{m_due};
}

std::map<std::string, DriftCounts::Paths> DriftCounts::take() {
  const std::lock_guard lock{m_mutex};
  return std::exchange(m_feeds, {});
}

void DriftCounts::write(store::Session& session, observe::Observer& observer) {
  auto feeds = take();
  try {
    while (!feeds.empty()) {
      const auto& [feed, paths] = *feeds.begin();
      std::vector<store::DriftRow> rows;
      for (const auto& [path, row] : paths)
        rows.push_back(row);
      report(feed, store::add_drift(session, rows), observer);
      feeds.erase(feeds.begin());
    }
  } catch (...) {
    session.rollback();
    const std::lock_guard lock{m_mutex};
    for (const auto& [feed, paths] : feeds)
      for (const auto& [path, row] : paths)
        merge(row);
    throw;
  }
}

}  // namespace longshore::ingest
