#include "ingest/daemon.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "ingest/open_store.hpp"
#include "ingest/outcome.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include <poll.h>
#include <unistd.h>

namespace longshore::ingest {
namespace {

// Claims of an instance that died are taken over within this time where others watch the same directory; a daemon that is
// alone wakes less often.
constexpr std::chrono::seconds k_adoption_interval{5};
constexpr std::chrono::seconds k_lone_adoption_interval{15};

// Between two words to the observer while jobs are under way.
constexpr std::chrono::seconds k_word{1};
// A file of which nothing was read, and no row sent, for so long is no slow one: a window takes a handful of statements in the worst
// case, and each of them may take 10 minutes.
constexpr std::chrono::hours k_longest_silence{1};

// For a run that is to end: what cannot be moved, noted or failed, a lock, a writer or a connection that does not hold.
bool is_hopeless(const Job& job, const config::Config& config) {
  const unsigned losses = Patience{config.refusals}.losses();
  return job.refusals >= config.refusals || job.locks_lost >= losses || job.losses + job.outages >= losses;
}

bool has_neighbours(const Context& context) {
  std::error_code unreadable;
  for (const auto& entry : std::filesystem::directory_iterator{context.directories.work, unreadable}) {
    const std::string name = entry.path().filename();
    if (!name.starts_with('.') && name != context.workspace.instance())
      return true;
  }
  return false;
}

spool::LandingSettings landing_settings(const config::Config& config) {
  spool::LandingSettings settings;
  settings.settle = config.settle;
  settings.close_delay = config.close_delay;
  settings.grace = config.grace;
  settings.rescan = config.rescan;
  settings.once = config.once;
  return settings;
}

}  // namespace

Daemon::Daemon(Context& context, Signals& signals, const std::function<Setup()>& read_again, Handover before)
    : m_context(context), m_signals(signals), m_read_again(read_again),
      m_landing(context.directories, landing_settings(context.config),
                [&registry = context.registry](std::string_view name) { return registry.route(name) != nullptr; }),
      m_progress(context), m_claimed_jobs(context), m_outage(std::move(before.outage)),
      m_pool(context, context.config.loaders) {
  m_claimed_jobs.take(std::move(before.jobs));
  note_moves();
  m_context.outage = m_outage.since.has_value();  // until one of these jobs gets through
}

std::optional<Exit> Daemon::run() {
  heed_signals();  // one that came while the database was waited for is read already, and wakes nobody
  for (;;) {
    work();
    if (is_done()) {
      m_next_word = {};  // the last word is how it ends
      tell();
      return conclude();
    }
    if (m_next && m_pool.busy() == 0)
      return {};
    m_progress.show(m_landing);
    tell();
    wait();
    collect();
  }
}

void Daemon::work() {
  if (Clock::now() < m_next_work)
    return;
  try {
    adopt();
    m_landing.look();
    hand_out();
    if (!m_trouble.empty())
      log::info("the directories are well again");
    m_trouble.clear();
    m_troubles = 0;
  } catch (const Error& error) {
    heed_fault(error);
  }
}

// The directories fail us: nothing is lost by waiting, but a run that is to end must end.
void Daemon::heed_fault(const Error& error) {
  ++m_troubles;
  if (error.fault() == Fault::fatal || (m_context.config.once && m_troubles >= m_context.config.refusals)) {
    m_fatal = error;
    stop_now();
    return;
  }
  const auto pause = pause_before(m_troubles, m_context.config.retry_first, m_context.config.retry_last);
  m_next_work = Clock::now() + pause;
  m_next_adoption = {};    // what a claim had moved before it failed comes back by adoption,
  m_landing.list_again();  // and the rest of its files by a listing
  if (m_trouble != error.what())
    log::error("{}; trying again", error.what());
  m_trouble = error.what();
}

// What a dead instance, or our own last life, had claimed.
void Daemon::adopt() {
  if (m_context.stop != Stop::no || Clock::now() < m_next_adoption)
    return;
  m_next_adoption = Clock::now() + (has_neighbours(m_context) ? k_adoption_interval : k_lone_adoption_interval);
  for (const spool::Claim& claim : m_context.workspace.adopt()) {
    if (claim.directory.crashes > 0)
      log::warn("adopted claim {}: the process has crashed {} times over {}, which is tried alone", claim.id,
                claim.directory.crashes, escape(claim.files[0].name));
    else
      log::info("adopted claim {} with {} files", claim.id, claim.files.size());
    m_context.observer.adopted(claim.files.size());
    m_claimed_jobs.add(claim);
  }
}

void Daemon::hand_out() {
  while (m_context.stop == Stop::no && !m_next && m_pool.takes(Job::Kind::small)) {
    std::optional<Job> job = next_job();
    if (!job)
      return;
    m_pool.start(std::move(*job));
    m_has_worked = true;
  }
}

std::optional<Job> Daemon::next_job() {
  const bool large_allowed = m_pool.takes(Job::Kind::large);
  if (auto job = m_claimed_jobs.take_due(large_allowed))
    return job;
  // it may be away only for what is tried again: now and then somebody else asks
  if (m_context.outage && !std::exchange(m_may_ask, false))
    return {};
  if (auto job = m_claimed_jobs.take_new(large_allowed))
    return job;
  if (auto unrouted = m_landing.take_unrouted(); !unrouted.empty()) {
    Job job;
    job.kind = Job::Kind::unrouted;
    for (spool::Candidate& entry : unrouted)
      job.files.emplace_back().entry = std::move(entry);
    return job;
  }
  return next_claim(large_allowed);
}

std::optional<Job> Daemon::next_claim(bool large_allowed) {
  if (m_claimed_jobs.is_full())
    return {};
  for (;;) {
    const std::vector<spool::Candidate> chosen = choose(large_allowed);
    if (chosen.empty())
      return {};
    const spool::Claim claim = m_context.workspace.claim(chosen);
    if (claim.files.empty())
      continue;
    m_claimed_jobs.add(claim);
    return m_claimed_jobs.take_new(large_allowed);
  }
}

// One large file, or as many small ones as are there: the oldest first.
std::vector<spool::Candidate> Daemon::choose(bool large_allowed) {
  std::vector<spool::Candidate>& ready = m_landing.ready();
  std::vector<spool::Candidate> chosen;
  std::vector<spool::Candidate> left;
  std::uint64_t bytes = 0;
  bool full = false;
  for (auto& candidate : ready) {
    const bool large = m_claimed_jobs.is_large(candidate);
    const bool take = !full && (large ? large_allowed && chosen.empty()
                                      : chosen.size() < m_context.config.batch_files &&
                                            bytes + candidate.size <= m_context.config.large_file);
    if (!take) {
      left.push_back(std::move(candidate));
      continue;
    }
    bytes += candidate.size;
    full = large;
    chosen.push_back(std::move(candidate));
  }
  ready = std::move(left);
  return chosen;
}

// How it stands, when it comes to rest, and from time to time.
void Daemon::tell() {
  const auto now = Clock::now();
  const bool rests = m_pool.busy() == 0;
  if (now < m_next_word && !(rests && m_has_worked))
    return;
  m_has_worked = !rests;
  m_last_word = now;
  const auto pause = m_context.observer.longest_pause();
  m_next_word = now + (pause.count() > 0 ? std::min<Clock::duration>(k_word, pause) : k_word);
  const ActiveReads::Look reading = m_context.readings.look(k_longest_silence);
  observe::Situation situation;
  situation.files_waiting = m_landing.waiting().files + m_landing.ready().size() + m_claimed_jobs.files();
  situation.oldest_waiting = m_claimed_jobs.oldest();
  if (const auto oldest = m_landing.oldest()) {
    const auto mtime = micros_of(oldest->mtime.tv_sec, oldest->mtime.tv_nsec);
    situation.oldest_waiting = std::min(situation.oldest_waiting.value_or(mtime), mtime);
  }
  situation.jobs = m_pool.busy();
  situation.file = reading.file;
  situation.share = reading.share;
  situation.stuck = reading.stuck;
  if (m_context.outage)
    situation.outage = m_outage.words;
  situation.trouble = m_trouble.empty() ? m_moves_fail : m_trouble;
  if (m_trouble.empty() && m_landing.is_missing())
    situation.trouble = "the landing directory is away";
  situation.events_lost = m_landing.overflows();
  situation.is_stopping = m_context.stop != Stop::no;
  m_context.observer.tick(situation);
}

void Daemon::wait() {
  auto until = m_next_adoption;
  const auto earlier = [&](const std::optional<Clock::time_point>& other) {
    if (other)
      until = std::min(until, *other);
  };
  if (m_context.stop == Stop::no) {
    earlier(m_landing.next_look());
    if (m_pool.takes(Job::Kind::small))
      earlier(m_claimed_jobs.next_due(m_pool.takes(Job::Kind::large)));
    until = std::max(until, m_next_work);
  } else {
    until = Clock::now() + std::chrono::hours{1};
  }
  earlier(m_stop_deadline);
  earlier(m_progress.next());
  if (m_pool.busy() > 0)
    earlier(m_next_word);
  else if (const auto pause = m_context.observer.longest_pause(); pause.count() > 0)
    earlier(m_last_word + pause);

  const int landing = Clock::now() < m_next_work ? -1 : m_landing.fd();  // its news would not be read before that
  std::array<pollfd, 3> fds{{{m_signals.fd(), POLLIN, 0}, {m_pool.wake_fd(), POLLIN, 0}, {landing, POLLIN, 0}}};
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
  if (::poll(fds.data(), fds.size(), static_cast<int>(std::clamp<long>(milliseconds, 0, 3'600'000))) < 0 &&
      errno != EINTR)
    throw system_error(errno, "poll");
  if (fds[0].revents != 0)
    heed_signals();
  if (m_stop_deadline && Clock::now() >= *m_stop_deadline) {
    stop_now();
    m_stop_deadline.reset();
  }
}

void Daemon::stop_now() {
  m_context.stop = Stop::now;
  m_pool.interrupt();
}

void Daemon::heed_signals() {
  const Signals::Taken taken = m_signals.taken();
  if (taken.reload)
    reload();
  if (taken.ends == 0)
    return;
  const bool again = m_context.stop != Stop::no;
  if (again || taken.ends > 1)
    stop_now();
  else
    m_context.stop = Stop::soon;
  if (!again) {
    log::info("stopping: {} jobs are under way", m_pool.busy());
    m_next_word = {};
    tell();
    m_stop_deadline = Clock::now() + m_context.config.stop_timeout;
  }
}

// Wrong settings change nothing, also of right ones that wait. Right ones hold when the loads under way have ended; nothing else is begun meanwhile.
void Daemon::reload() {
  if (!m_read_again || m_context.config.once || m_context.stop != Stop::no)
    return;
  m_context.observer.reloading(true);
  try {
    m_next = m_read_again();
    if (m_pool.busy() > 0)
      log::info("new settings are read: they hold when {} jobs under way have ended", m_pool.busy());
  } catch (const std::exception& error) {  // a directory that cannot be listed throws its own
    const auto* const own = dynamic_cast<const Error*>(&error);
    log::error("the new settings are refused, and {} stay: {}{}", m_next ? "those read before" : "the old ones",
               error.what(), own && !own->hint().empty() ? "; " + own->hint() : "");
    if (!m_next)
      m_context.observer.reloading(false);
  }
}

void Daemon::collect() {
  for (Finished& finished : m_pool.collect()) {
    if (finished.fatal && !m_fatal) {
      m_fatal = finished.fatal;
      stop_now();
    }
    for (Later& later : finished.later) {
      if (!later.outage.empty()) {
        m_outage.words = later.outage;
        m_may_ask = later.job.outages > 1;
        if (!m_outage.since) {
          m_outage.since = Clock::now();
          m_outage.next_reminder = *m_outage.since + k_reminder;
        }
      }
      if (m_context.config.once && is_hopeless(later.job, m_context.config)) {
        m_given_up += later.job.files.size();
        m_is_stranded = m_is_stranded || !later.job.trouble.empty();
      } else {
        m_claimed_jobs.park(std::move(later));
      }
    }
  }
  note_moves();
  if (!m_context.outage)
    m_outage.since.reset();
  remind();
  if (m_context.config.once && m_outage.since && Clock::now() - *m_outage.since > m_context.config.wait &&
      m_context.stop == Stop::no) {
    log::error("{}; that has lasted longer than --wait, and what is left stays where it is", m_outage.words);
    m_context.stop = Stop::soon;
  }
}

// While one is tried again it stands as it was last seen.
void Daemon::note_moves() {
  std::string trouble = m_claimed_jobs.trouble();
  if (!trouble.empty() || (m_pool.busy_in_trouble() == 0 && !m_is_stranded))
    m_moves_fail = std::move(trouble);
}

void Daemon::remind() {
  const auto now = Clock::now();
  if (!m_outage.since || now < m_outage.next_reminder)
    return;
  m_outage.next_reminder = now + k_reminder;
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(now - *m_outage.since).count();
  log::error("files have been waiting for {} minutes: {}", minutes, m_outage.words);
}

bool Daemon::is_done() const {
  if (m_pool.busy() > 0)
    return false;
  if (m_context.stop != Stop::no)
    return true;
  return m_context.config.once && m_landing.drained() && m_claimed_jobs.is_empty();
}

Exit Daemon::conclude() {
  if (m_fatal)
    throw *m_fatal;
  m_given_up += m_claimed_jobs.files();
  if (!m_context.config.once) {
    log::info("stopped");
    return Exit::ok;
  }
  return m_progress.conclude(m_landing, m_given_up);
}

}  // namespace longshore::ingest
