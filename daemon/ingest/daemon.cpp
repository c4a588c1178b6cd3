#include "ingest/daemon.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "config/setting.hpp"
#include "ingest/batching.hpp"
#include "ingest/ending.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include <poll.h>
#include <unistd.h>

namespace longshore::ingest {
namespace {

// How often claims of dead instances are looked for. An instance that is alone wakes up less often.
constexpr std::chrono::seconds k_adoption_interval{5};
constexpr std::chrono::seconds k_lone_adoption_interval{15};

// Between two reports to the observer while jobs are running.
constexpr std::chrono::seconds k_report_interval{1};
// A file is stuck if nothing was read and no row was sent for this long. A window needs a few statements in the worst
// case, and each of them may take 10 minutes.
constexpr std::chrono::hours k_stuck_after{1};

bool has_other_instances(const Context& context) {
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
  settings.open_grace = config.open_grace;
  settings.rescan = config.rescan;
  settings.ignore = config::names_in(config.ignore);
  settings.recursive = config.recursive;
  settings.once = config.once;
  return settings;
}

// At a start, files that came before it are loaded first: their feeds are not late.
constexpr std::chrono::minutes k_first_expect_check{1};
template <class Time>
void set_earlier(Time& time, const std::optional<Time>& other) {
  if (other)
    time = std::min(time, *other);
}

}  // namespace

Daemon::Daemon(Context& context, Signals& signals, const std::function<Setup()>& read_setup, Handover handover)
    : m_context(context), m_signals(signals), m_reload(read_setup, context.observer),
      m_landing(
          context.directories, landing_settings(context.config),
          [&registry = context.registry](std::string_view name) {
            const Feed* feed = registry.route(name);
            return feed ? std::optional{ending_of(*feed)} : std::nullopt;
          },
          context.writers),
      m_progress(context), m_claimed_jobs(context), m_unrouted(std::move(handover.unrouted)),
      m_outage(std::move(handover.outage)), m_background(context), m_pool(context, context.config.loaders) {
  m_claimed_jobs.add(std::move(handover.jobs));
  update_move_error();
  m_context.outage = m_outage.is_on();  // until some of this work succeeds
  if (m_outage.is_on())
    m_context.clock.check_soon();
  m_context.expected.watch(context.registry, handover.expected,
                           context.config.once ? std::chrono::microseconds{} : k_first_expect_check);
  m_late = m_context.expected.late();
  follow_waits();
  hold_feeds();
}

Daemon::~Daemon() {
  if (!m_waits.empty()) {
    m_waits.clear();
    write_waits();
  }
}

std::optional<Exit> Daemon::run() {
  handle_signals();  // one that came during the wait for the database does not make the descriptor readable again
  for (;;) {
    work();
    if (is_done()) {
      follow_late_feeds();  // only now with --once: most runs load the files that are late
      m_next_report = {};
      report_situation();
      return conclude();
    }
    if (m_reload.is_pending() && m_pool.busy() == 0)
      return {};
    m_progress.show(m_landing);
    if (!m_context.config.once)
      follow_late_feeds();
    report_situation();
    wait();
    collect();
  }
}

void Daemon::work() {
  if (Clock::now() < m_next_work)
    return;
  try {
    adopt_claims();
    m_landing.look();
    start_jobs();
    if (!m_directory_error.empty())
      log::info("directories accessible again");
    m_directory_error.clear();
    m_directory_failures = 0;
  } catch (const Error& error) {
    directories_failed(error);
  }
}

// The daemon waits without limit, because the files are safe. `run --once` ends after some failures.
void Daemon::directories_failed(const Error& error) {
  ++m_directory_failures;
  if (error.fault() == Fault::fatal || (m_context.config.once && m_directory_failures >= m_context.config.refusals)) {
    m_fatal = error;
    stop_now();
    return;
  }
  m_next_work =
      Clock::now() + pause_before(m_directory_failures, m_context.config.retry_first, m_context.config.retry_last);
  m_next_adoption = {};    // adoption returns the files that an interrupted claim has moved,
  m_landing.list_again();  // a listing returns the rest
  if (m_directory_error != error.what())
    log::error("directories not accessible, retrying: {}", error.what());
  m_directory_error = error.what();
}

// Claims of dead instances, and of this instance before it was restarted.
void Daemon::adopt_claims() {
  if (m_context.stop != Stop::no || Clock::now() < m_next_adoption)
    return;
  m_next_adoption = Clock::now() + (has_other_instances(m_context) ? k_adoption_interval : k_lone_adoption_interval);
  for (const spool::Claim& claim : m_context.workspace.adopt()) {
    if (claim.directory.crashes > 0)
      log::warn("adopted claim {}: the process has crashed {} times over {}, which is tried alone", claim.id,
                claim.directory.crashes, escape(claim.files[0].name));
    else
      log::info("adopted claim {} with {} files", claim.id, claim.files.size());
    m_context.observer.files_adopted(claim.files.size());
    m_claimed_jobs.add(claim);
  }
}

// ---- jobs

void Daemon::start_jobs() {
  while (m_context.stop == Stop::no && !m_reload.is_pending() && m_pool.takes(Job::Kind::small) && start_next())
    m_was_busy = true;
}

// Starts a retry that is due, else new work in the order of its claim. Returns false if it started nothing.
bool Daemon::start_next() {
  const bool large_allowed = m_pool.takes(Job::Kind::large);
  if (!m_context.outage)
    if (const BackgroundWork* const work = m_background.take_due()) {
      m_pool.start(*work);
      return true;
    }
  if (auto job = m_claimed_jobs.take_due(large_allowed)) {
    m_pool.start(std::move(*job));
    return true;
  }
  if (!m_unrouted.files.empty() && m_unrouted_due <= Clock::now()) {
    m_pool.start(std::exchange(m_unrouted, {}));
    return true;
  }
  if (m_context.outage && (m_context.clock.is_behind() || !m_outage.may_probe()))
    return false;
  auto job = m_claimed_jobs.take_new(large_allowed);
  if (!job && m_unrouted.files.empty())
    if (auto files = m_landing.take_unrouted(); !files.empty()) {
      m_pool.start(UnroutedFiles{std::move(files)});
      return true;
    }
  if (!job && claim_batch(large_allowed))
    job = m_claimed_jobs.take_new(large_allowed);
  if (job)
    m_pool.start(std::move(*job));
  return job.has_value();
}

// Claims one batch. Returns false if no file is ready, or if too many claimed jobs have failed.
bool Daemon::claim_batch(bool large_allowed) {
  if (m_claimed_jobs.is_full())
    return false;
  for (;;) {
    const std::vector<spool::Candidate> batch = take_batch(m_landing.ready(), m_context.config, large_allowed);
    if (batch.empty())
      return false;
    const spool::Claim claim = m_context.workspace.claim(batch);
    if (claim.files.empty())
      continue;
    m_claimed_jobs.add(claim);
    return true;
  }
}

void Daemon::collect() {
  for (Finished& finished : m_pool.collect()) {
    if (finished.fatal && !m_fatal) {
      m_fatal = finished.fatal;
      stop_now();
    }
    if (finished.background)
      m_background.ended(*finished.background, finished.is_undone);
    m_claimed_jobs.job_ended(finished.probe_of, finished.loaded);
    for (JobFollowUp& follow_up : finished.follow_ups)
      collect(std::move(follow_up));
    if (finished.unrouted)
      collect(std::move(*finished.unrouted));
  }
  update_move_error();
  follow_waits();
  hold_feeds();
  if (!m_context.outage)
    m_outage.over();
  m_outage.log_reminder();
  if (m_context.config.once && m_outage.lasts() > m_context.config.wait && m_context.stop == Stop::no) {
    log::error("{}; the outage is longer than --wait, the remaining files stay in place", m_outage.reason());
    m_context.stop = Stop::soon;
  }
}

// Tells `longshore status` why files of a feed wait.
void Daemon::follow_waits() {
  m_claimed_jobs.follow_parked();
  const std::map<std::string, std::string> paused = m_context.paused.reasons();
  const std::uint64_t version = m_claimed_jobs.parked().version();
  if (m_are_waits_written && version == m_waits_version && paused == m_paused)
    return;
  auto waits = m_claimed_jobs.parked().reasons();
  for (const auto& [feed, reason] : paused)
    waits.push_back({feed, 0, "", reason});
  m_waits_version = version;
  m_paused = paused;
  if (waits != m_waits)
    m_next_report = {};
  else if (m_are_waits_written)
    return;
  m_waits = std::move(waits);
  m_are_waits_written = write_waits();
}

bool Daemon::write_waits() const try {
  spool::write_wait_reasons(m_context.directories.work, m_context.workspace.instance(), m_waits);
  return true;
} catch (const Error& error) {
  log::debug("status does not show why files wait: {}", error.what());
  return false;
}

// Files of these feeds stay in the landing directory.
void Daemon::hold_feeds() {
  std::set<std::string> held;
  for (const Feed& feed : m_context.registry.feeds())
    if (m_paused.contains(feed.name) || m_claimed_jobs.parked().is_held(feed.name))
      held.insert(feed.name);
  if (held == m_held)
    return;
  const bool is_one_free = !std::ranges::includes(held, m_held);
  m_held = std::move(held);
  m_landing.hold([this](std::string_view name) {
    const Feed* const feed = m_context.registry.route(name);
    return feed && m_held.contains(feed->name);
  });
  if (is_one_free)
    m_landing.list_again();
}

void Daemon::collect(JobFollowUp follow_up) {
  const Job& job = follow_up.job;
  if (follow_up.delay && !follow_up.delay->outage.empty())
    m_outage.met(follow_up.delay->outage, job.failures.outages);
  if (gives_up(job.failures, follow_up.delay)) {
    m_given_up += job.files.size();
    m_is_move_given_up = m_is_move_given_up || !job.move_error.empty();
    return;
  }
  m_claimed_jobs.add(std::move(follow_up));
}

void Daemon::collect(UnroutedFollowUp follow_up) {
  UnroutedFiles& unrouted = follow_up.unrouted;
  if (follow_up.delay && !follow_up.delay->outage.empty())
    m_outage.met(follow_up.delay->outage, unrouted.failures.outages);
  if (gives_up(unrouted.failures, follow_up.delay)) {
    m_given_up += unrouted.files.size();
    return;
  }
  m_unrouted_due = Clock::now() + (follow_up.delay ? follow_up.delay->pause : std::chrono::milliseconds{0});
  m_unrouted.failures = unrouted.failures;
  m_unrouted.files.insert(m_unrouted.files.end(), unrouted.files.begin(), unrouted.files.end());
}

// `run --once` must end, even if files cannot be moved, recorded or failed, never get a lock or a connection, or are not
// closed by their writer.
bool Daemon::gives_up(const Failures& failures, const std::optional<Delay>& delay) const {
  const config::Config& config = m_context.config;
  const unsigned losses = RetryLimits{config.refusals}.losses();
  return config.once && delay &&
         (failures.writer_waits > 0 || failures.refusals >= config.refusals || failures.locks_lost >= losses ||
          failures.losses + failures.outages >= losses);
}

// Keeps the error of the last try while a move is being retried.
void Daemon::update_move_error() {
  std::string error = m_claimed_jobs.move_error();
  if (!error.empty() || (m_pool.busy_with_moves() == 0 && !m_is_move_given_up))
    m_move_error = std::move(error);
}

// ---- between two rounds

// Logs each change, and reports it to the observer now: an idle daemon seldom does.
void Daemon::follow_late_feeds() {
  if (m_context.expected.is_empty())
    return;
  auto late = m_context.expected.late();
  for (const auto& [feed, why] : late)
    if (!m_late.contains(feed))
      log::warn("feed {} is late: {}", feed, why);
  for (const auto& [feed, why] : m_late)
    if (!late.contains(feed))
      log::info("feed {} is not late any more", feed);
  if (late != m_late)
    m_next_report = {};
  m_late = std::move(late);
}

// To the observer: each second while jobs run, when the daemon becomes idle, and as often as the observer needs.
void Daemon::report_situation() {
  const auto now = Clock::now();
  const bool is_idle = m_pool.busy() == 0;
  if (now < m_next_report && !(is_idle && m_was_busy))
    return;
  m_was_busy = !is_idle;
  m_last_report = now;
  const auto pause = m_context.observer.tick_interval();
  m_next_report = now + (pause.count() > 0 ? std::min<Clock::duration>(k_report_interval, pause) : k_report_interval);
  observe::Situation situation;
  const auto waiting = m_landing.waiting();
  situation.files_waiting = waiting.files + m_landing.ready().size() + m_claimed_jobs.files();
  situation.files_waiting_for_writer = waiting.open + m_claimed_jobs.files_waiting_for_writer();
  situation.unread_directories = m_landing.unread_directories();
  situation.oldest_waiting = m_claimed_jobs.oldest();
  if (const auto oldest = m_landing.oldest()) {
    const auto mtime = micros_of(oldest->mtime.tv_sec, oldest->mtime.tv_nsec);
    situation.oldest_waiting = std::min(situation.oldest_waiting.value_or(mtime), mtime);
  }
  const ActiveReads::Snapshot reads = m_context.active_reads.snapshot(k_stuck_after);
  situation.running_jobs = m_pool.busy();
  situation.reading_file = reads.largest;
  situation.reading_share = reads.share;
  situation.stuck_file = reads.stuck;
  situation.clock_fault = m_context.clock.reason();
  if (m_context.outage && m_outage.reason() != situation.clock_fault)
    situation.database_outage = m_outage.reason();
  situation.directory_fault = m_directory_error.empty() ? m_move_error : m_directory_error;
  if (m_directory_error.empty() && m_landing.is_missing())
    situation.directory_fault = "the landing directory is missing";
  for (const spool::WaitReason& wait : m_waits) {
    std::string& text = wait.files > 0 ? situation.parked_files : situation.paused_feeds;
    text += (text.empty() ? "feed " : "; feed ") + wait.feed + ": " + wait.reason;
    situation.files_parked += wait.files;
  }
  situation.late_feeds = m_late;
  situation.queue_overflows = m_landing.overflows();
  situation.is_stopping = m_context.stop != Stop::no;
  m_context.observer.tick(situation);
}

void Daemon::wait() {
  const int landing = Clock::now() < m_next_work ? -1 : m_landing.fd();  // events are not read before that
  std::array<pollfd, 3> fds{{{m_signals.fd(), POLLIN, 0}, {m_pool.wake_fd(), POLLIN, 0}, {landing, POLLIN, 0}}};
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(next_wake_up() - Clock::now()).count();
  if (::poll(fds.data(), fds.size(), static_cast<int>(std::clamp<long>(milliseconds, 0, 3'600'000))) < 0 &&
      errno != EINTR)
    throw system_error(errno, "poll");
  if (fds[0].revents != 0)
    handle_signals();
  if (m_stop_deadline && Clock::now() >= *m_stop_deadline) {
    stop_now();
    m_stop_deadline.reset();
  }
}

Daemon::Clock::time_point Daemon::next_wake_up() const {
  auto time = Clock::now() + std::chrono::hours{1};
  if (m_context.stop == Stop::no) {
    time = m_next_adoption;
    set_earlier(time, m_landing.next_look());
    if (!m_reload.is_pending() && m_pool.takes(Job::Kind::small)) {
      set_earlier(time, m_claimed_jobs.next_due(m_pool.takes(Job::Kind::large)));
      if (!m_unrouted.files.empty())
        time = std::min(time, m_unrouted_due);
      if (!m_context.outage)
        set_earlier(time, m_background.next_due());
    }
    time = std::max(time, m_next_work);
  }
  set_earlier(time, m_stop_deadline);
  set_earlier(time, m_progress.next());
  if (m_pool.busy() > 0)
    time = std::min(time, m_next_report);
  else if (const auto pause = m_context.observer.tick_interval(); pause.count() > 0)
    time = std::min<Clock::time_point>(time, m_last_report + pause);
  return time;
}

// ---- signals and the end

void Daemon::handle_signals() {
  const Signals::Taken taken = m_signals.taken();
  const bool is_first = m_context.stop == Stop::no;
  if (taken.reload && is_first && !m_context.config.once)
    m_reload.read(m_pool.busy());
  if (taken.ends == 0)
    return;
  if (!is_first || taken.ends > 1)
    stop_now();
  else
    m_context.stop = Stop::soon;
  if (is_first) {
    log::info("stopping: {} jobs are running", m_pool.busy());
    m_next_report = {};
    report_situation();
    m_stop_deadline = Clock::now() + m_context.config.stop_timeout;
  }
}

void Daemon::stop_now() {
  m_context.stop = Stop::now;
  m_pool.interrupt();
}

bool Daemon::is_done() const {
  if (m_pool.busy() > 0)
    return false;
  if (m_context.stop != Stop::no)
    return true;
  return m_context.config.once && m_landing.drained() && m_claimed_jobs.is_empty() && m_unrouted.files.empty();
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
