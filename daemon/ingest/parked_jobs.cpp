#include "ingest/parked_jobs.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "ingest/outage.hpp"
#include "ingest/retry_policy.hpp"
#include "ingest/split_job.hpp"

#include <algorithm>
#include <utility>

namespace longshore::ingest {
namespace {

constexpr unsigned k_most_warnings = 3;     // of one feed, while it has parked jobs
constexpr unsigned k_tries_a_round = 20;    // their cost is bounded, however many jobs are parked
constexpr unsigned k_pause_per_round = 10;  // pauses are at least so many times as long as the round
constexpr std::size_t k_reasons_a_feed = 3;

std::string feed_of(const File& file) { return file.feed ? file.feed->name : ""; }
std::string feed_of(const Job& job) { return feed_of(job.files[0]); }

std::uint64_t files_of(const ParkedJobs::Entry& entry) {
  std::uint64_t count = entry.tried ? entry.tried->files : 0;
  for (const Job& job : entry.jobs)
    count += job.files.size();
  return count;
}

std::vector<spool::WaitReason> reasons_of(const std::string& feed, const ParkedJobs::Entry& entry) {
  std::vector<spool::WaitReason> list;
  if (entry.tried)
    list.push_back(*entry.tried);
  for (const Job& job : entry.jobs) {
    auto known = std::ranges::find(list, job.park_reason, &spool::WaitReason::reason);
    if (known == list.end() && list.size() < k_reasons_a_feed)
      known = list.insert(known, {feed, 0, escape(job.files[0].entry.name), job.park_reason});
    if (known == list.end())
      --known;  // the last one also stands for all others
    known->files += job.files.size();
  }
  return list;
}

}  // namespace

void ParkedJobs::add(Job job) {
  const std::string feed = feed_of(job);
  if (m_entries.empty())
    m_next_reminder = Clock::now() + k_reminder;
  Entry& entry = m_entries[feed];
  ++m_version;
  if (job.probe_of.empty() && job.files.size() == 1) {
    ++entry.in_a_row;
    if (entry.in_a_row <= k_most_warnings)
      log::warn("{}: parked: {}", escape(job.files[0].entry.name), job.park_reason);
    if (entry.in_a_row == k_most_in_a_row)
      log::error(
          "feed {} is stalled: {} files in a row were parked, no more of its files are claimed until one of them "
          "loads: {}",
          feed, entry.in_a_row, job.park_reason);
  }
  if (entry.jobs.empty() && job.probe_of.empty())
    entry.due = Clock::now() + pause_before(1, m_config.retry_first, m_config.retry_last);
  job.probe_of.clear();
  entry.jobs.push_back(std::move(job));
}

void ParkedJobs::take_stalled(Job& job) {
  if (m_entries.empty() || job.committed || !job.probe_of.empty())
    return;
  for (auto& [feed, entry] : m_entries) {
    if (!is_stalled(feed) || entry.jobs.empty())
      continue;
    const auto is_of_feed = [&](const File& file) { return feed_of(file) == feed && !is_outcome_fixed(file); };
    auto stalled = take_leavers(job, is_of_feed);
    if (!stalled)
      continue;
    stalled->park_reason = entry.jobs.front().park_reason;
    entry.jobs.push_back(std::move(*stalled));
    ++m_version;
  }
}

std::optional<Job> ParkedJobs::take_due(bool large_allowed) {
  const auto now = Clock::now();
  for (auto& [feed, entry] : m_entries) {
    const bool is_waiting = entry.tried || entry.jobs.empty() || entry.due > now || m_config.once;
    if (is_waiting || (entry.jobs.front().kind == Job::Kind::large && !large_allowed))
      continue;
    if (entry.left == 0) {
      entry.left = k_tries_a_round;
      entry.round_began = now;
    }
    Job job = std::move(entry.jobs.front());
    entry.jobs.pop_front();
    // a large file costs as much as a round of small ones
    entry.left = job.kind == Job::Kind::large || entry.jobs.empty() ? 0 : entry.left - 1;
    entry.tried = {feed, job.files.size(), escape(job.files[0].entry.name), job.park_reason};
    job.probe_of = feed;
    return job;
  }
  return {};
}

std::optional<ParkedJobs::Clock::time_point> ParkedJobs::next_due(bool large_allowed) const {
  std::optional<Clock::time_point> next;
  for (const auto& [feed, entry] : m_entries)
    if (!entry.tried && !entry.jobs.empty() && !m_config.once &&
        (large_allowed || entry.jobs.front().kind != Job::Kind::large))
      next = std::min(next.value_or(entry.due), entry.due);
  return next;
}

void ParkedJobs::try_ended(const std::string& feed) {
  Entry& entry = m_entries[feed];
  entry.tried.reset();
  ++m_version;
  if (entry.left > 0)
    return;
  const auto now = Clock::now();
  const Clock::duration pause = pause_before(++entry.rounds, m_config.retry_first, m_config.retry_last);
  entry.due = now + std::max(pause, k_pause_per_round * (now - entry.round_began));
}

std::vector<Job> ParkedJobs::feed_loaded(const std::string& feed, bool was_tried) {
  std::vector<Job> jobs;
  const auto found = m_entries.find(feed);
  if (found == m_entries.end())
    return jobs;
  Entry& entry = found->second;
  entry.in_a_row = 0;
  ++m_version;
  if (!was_tried)
    return jobs;
  if (!entry.jobs.empty())
    log::info("feed {}: a parked file was loaded, trying the others", feed);
  for (Job& job : std::exchange(entry.jobs, {})) {
    job.park_reason.clear();
    jobs.push_back(std::move(job));
  }
  entry.rounds = entry.left = 0;
  return jobs;
}

bool ParkedJobs::is_stalled(const std::string& feed) const {
  const auto found = m_entries.find(feed);
  return found != m_entries.end() && found->second.in_a_row >= k_most_in_a_row;
}

bool ParkedJobs::is_held(const std::string& feed) const {
  const auto found = m_entries.find(feed);
  return found != m_entries.end() && (is_stalled(feed) || files_of(found->second) >= k_most_parked);
}

std::uint64_t ParkedJobs::files() const {
  std::uint64_t count = 0;
  for_each([&](const Job& job) { count += job.files.size(); });
  return count;
}

void ParkedJobs::for_each(const std::function<void(const Job&)>& visit) const {
  for (const auto& [feed, entry] : m_entries)
    std::ranges::for_each(entry.jobs, visit);
}

std::vector<spool::WaitReason> ParkedJobs::reasons() const {
  std::vector<spool::WaitReason> all;
  for (const auto& [feed, entry] : m_entries)
    for (spool::WaitReason& reason : reasons_of(feed, entry)) {
      if (is_held(feed))
        reason.reason += "; no more of its files are claimed";
      all.push_back(std::move(reason));
    }
  return all;
}

void ParkedJobs::forget_empty() {
  std::erase_if(m_entries, [](const auto& entry) { return entry.second.jobs.empty() && !entry.second.tried; });
}

void ParkedJobs::log_reminder() {
  if (m_entries.empty() || Clock::now() < m_next_reminder)
    return;
  m_next_reminder = Clock::now() + k_reminder;
  for (const spool::WaitReason& reason : reasons())
    log::error("feed {}: {} files are parked: {}", reason.feed, reason.files, reason.reason);
}

ParkedJobs::Entries ParkedJobs::take_all() { return std::exchange(m_entries, {}); }

void ParkedJobs::add(Entries entries) {
  m_entries = std::move(entries);
  m_next_reminder = Clock::now() + k_reminder;
  ++m_version;
  for (auto& [feed, entry] : m_entries) {
    entry.due = Clock::now();  // the operator may have corrected the fault
    entry.rounds = entry.left = 0;
  }
}

}  // namespace longshore::ingest
