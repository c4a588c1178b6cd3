#include "ingest/loader.hpp"

#include "base/crash_point.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "ingest/archiving.hpp"
#include "ingest/refused_record.hpp"
#include "ingest/split_job.hpp"
#include "ingest/writer_wait.hpp"
#include "spool/work/crash_counter.hpp"
#include "store/declarations.hpp"

#include <algorithm>
#include <exception>
#include <iterator>
#include <span>
#include <string_view>
#include <utility>

namespace longshore::ingest {
namespace {

std::string subject_of(const Job& job) {
  return job.files.size() == 1 ? job.files[0].row.file_name : std::to_string(job.files.size()) + " files";
}
std::string subject_of(const UnroutedFiles& unrouted) {
  return unrouted.files.size() == 1 ? escape(unrouted.files[0].name)
                                    : std::to_string(unrouted.files.size()) + " files without a feed";
}

// An exception of a library may be caused by the file: it is transient, so that the retry policy counts it.
Error as_error(const std::exception& exception) {
  if (const auto* const error = dynamic_cast<const Error*>(&exception))
    return *error;
  return Error{Fault::transient, std::string{"unexpected: "} + exception.what()}.exits(Exit::internal);
}

bool is_connection_fault(const Error& error) {
  return error.fault() == Fault::disconnected || error.fault() == Fault::unavailable;
}

// The reason of a file that reached a retry limit.
Error limit_reached(const Error& error, const Failures& failures) {
  if (error.fault() == Fault::bad_file)
    return error;
  const bool is_lost = is_connection_fault(error);
  return Error{Fault::bad_file, "failed after " + std::to_string(1 + (is_lost ? failures.losses : failures.refusals)) +
                                    (is_lost ? " tries, while other files were loaded: " : " tries: ") + error.what()};
}

Job large_job(const spool::Claim& claim, File file) {
  Job job;
  job.kind = Job::Kind::large;
  job.claim = claim;
  job.files.push_back(std::move(file));
  return job;
}

// A line per file up to this number; more are one line, with the first names.
constexpr std::size_t k_unrouted_named = 5;

void warn_of_unrouted(const std::vector<std::string_view>& names) {
  if (names.size() <= k_unrouted_named) {
    for (const std::string_view name : names)
      log::warn("{}: no feed matches this file name; left in the landing directory", name);
    return;
  }
  std::string first;
  for (const std::string_view name : std::span{names}.first(k_unrouted_named))
    first.append(name).append(", ");
  log::warn(
      "{} files whose name no feed matches, left in the landing directory: {}… (hint: declare a feed, or name them "
      "in the setting ignore)",
      names.size(), first);
}

}  // namespace

Loader::Loader(Context& context)
    : m_context(context), m_archive(context.directories), m_small(context, m_archive), m_large(context, m_archive) {}

std::vector<JobFollowUp> Loader::run(Job job) {
  std::vector<JobFollowUp> follow_ups;
  if (m_context.stop != Stop::no && !job.committed) {
    follow_ups.push_back({std::move(job)});
    return follow_ups;
  }
  if (auto paused = take_paused(job)) {
    follow_ups.push_back({std::move(*paused)});
    if (job.files.empty())
      return follow_ups;
  }
  try {
    const spool::CrashCounter crash_counter{job.claim};
    if (!job.committed)
      for (JobFollowUp& follow_up : follow_ups_of(job, commit(job)))
        follow_ups.push_back(std::move(follow_up));
    crash_point("before_archive");
    archive(job, m_context, m_archive, session());
    if (job.committed || (m_context.outage && database_answers()))  // without a commit, nothing may have been sent
      end_outage();
  } catch (const std::exception& exception) {
    for (JobFollowUp& follow_up : recover(as_error(exception), std::move(job)))
      follow_ups.push_back(std::move(follow_up));
  }
  return follow_ups;
}

// The files of paused feeds leave the job. Outcomes that are fixed are recorded. During an outage they stay: this job
// may be the only one that is tried, and that can find the outage over.
std::optional<Job> Loader::take_paused(Job& job) const {
  if (job.committed || m_context.outage || m_context.paused.is_empty())
    return {};
  auto paused = take_leavers(
      job, [&](const File& file) { return !is_outcome_fixed(file) && m_context.paused.contains(file.feed); });
  if (paused)
    paused->is_paused = true;
  return paused;
}

// Returns the files that left the job without an outcome.
std::vector<File> Loader::commit(Job& job) {
  m_context.clock.check(session());
  std::vector<File> leavers;
  if (job.kind == Job::Kind::large)
    leavers = m_large.load(job, session());
  else
    leavers = m_small.load(job, session());
  if (!job.committed)
    return leavers;  // every file left the job
  ++m_context.commits;
  job.park_reason.clear();
  if (m_context.has_parked)
    for (const File& file : job.files)
      if (file.feed && file.row.rows_loaded + file.row.rows_duplicate > 0)
        m_loaded.insert(file.feed->name);
  for (const File& file : job.files) {
    m_context.drift.add(file.row, file.file_id, file.unread);
    m_context.expected.file_committed(file.row);
    if (file.was_ahead)
      m_context.clock.file_is_done();
  }
  const auto recorded = job.files.size() - static_cast<std::size_t>(
                                               std::ranges::count(job.files, FileState::recorded_before, &File::state));
  if (recorded > 0)
    m_context.observer.transaction_committed(recorded);
  return leavers;
}

// Each outgrown file is a job; those that wait for the clock are one job together, and those that wait in their claim
// for a writer.
std::vector<JobFollowUp> Loader::follow_ups_of(const Job& job, std::vector<File> leavers) {
  std::vector<JobFollowUp> follow_ups;
  Job ahead = without_files(job);
  Job open = without_files(job);
  for (File& file : leavers)
    if (file.state == FileState::ahead)
      ahead.files.push_back(std::move(file));
    else if (file.state == FileState::outgrown)
      follow_ups.push_back({large_job(job.claim, std::move(file))});
    else if (job.failures.writer_waits > 0 || !return_to_writer(job.claim, file, m_context))
      open.files.push_back(std::move(file));
  if (!ahead.files.empty()) {
    Delay pause = delay(Action::retry_later, mostly_ahead(), {}, ahead.failures, subject_of(ahead));
    follow_ups.push_back({std::move(ahead), std::move(pause)});
  }
  if (!open.files.empty()) {
    ++open.failures.writer_waits;
    follow_ups.push_back({std::move(open), Delay{k_writer_pause, ""}});
  }
  return follow_ups;
}

std::optional<UnroutedFollowUp> Loader::record(UnroutedFiles unrouted) {
  try {
    insert_rows(unrouted);
    end_outage();
    return {};
  } catch (const std::exception& exception) {
    return recover(as_error(exception), std::move(unrouted));
  }
}

// Records each name, size and time once: size and time replace the claim in the unique key.
void Loader::insert_rows(const UnroutedFiles& unrouted) {
  std::vector<File> files(unrouted.files.size());
  std::vector<const store::LedgerRow*> rows;
  for (std::size_t i = 0; i < files.size(); ++i) {
    files[i].entry = unrouted.files[i];
    begin_attempt(files[i], "", 1 + unrouted.failures.total(), m_context.workspace.instance());
    store::LedgerRow& row = files[i].row;
    row.status = store::Status::unrouted;
    row.claim = "unrouted " + std::to_string(row.size_bytes) + " " + std::to_string(row.modified_at);
    row.error = "no feed matches this file name";
    row.finished_at = row.started_at;
    rows.push_back(&row);
  }
  m_context.clock.check(session());
  crash_point("before_unrouted");
  const store::TaskFeeds task_feeds = store::begin_load(session(), store::LoadOrder::straight).task_feeds;
  const auto ids = store::Ledger{session()}.insert(rows);
  std::vector<std::int64_t> recorded;
  for (const auto& id : ids)
    if (id)
      recorded.push_back(*id);
  store::add_changes(session(), task_feeds, recorded);
  session().commit();
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (!ids[i])
      continue;
    ++m_context.totals.files[static_cast<std::size_t>(store::Status::unrouted)];
    m_context.observer.file_finished(*rows[i], *ids[i]);
    names.push_back(rows[i]->file_name);
  }
  warn_of_unrouted(names);
}

bool Loader::run(const BackgroundWork& work) {
  try {
    work.run(m_context, session(), m_archive);
    return true;
  } catch (const std::exception& exception) {
    if (m_session)
      m_session->rollback();
    log::debug("{}: {}", work.undone, exception.what());
    return false;
  }
}

void Loader::end_outage() {
  if (m_context.outage.exchange(false))
    log::info("outage over, resuming");
}

// ---- after a fault

std::vector<JobFollowUp> Loader::recover(const Error& error, Job job) {
  std::vector<JobFollowUp> follow_ups;
  // nothing is counted: its feed is paused, or the next attempt decodes by another horizon
  const bool is_refused_begin = error.code() == k_other_declaration || error.code() == k_other_horizon;
  if (is_refused_begin)
    end_outage();  // the database answers
  if (is_aborted(error) || is_refused_begin) {
    follow_ups.push_back({std::move(job)});
    return follow_ups;
  }
  const Conditions conditions = conditions_after(error, job.failures);
  if (error.fault() == Fault::needs_operator && conditions.database_answers)
    end_outage();
  const Action action = decide(error, failed_work(job), conditions, {m_context.config.refusals});
  switch (action) {
  case Action::retry_now:
    ++job.failures.locks_lost;
    follow_ups.push_back({std::move(job)});
    break;
  case Action::retry_later:
  case Action::declare_outage: {
    job.move_error = job.committed && conditions.database_answers ? error.what() : "";
    Delay pause = delay(action, error, conditions, job.failures, subject_of(job));
    follow_ups.push_back({std::move(job), std::move(pause)});
    break;
  }
  case Action::split: {
    log::debug("{} files refused together ({}): retrying each half by itself", job.files.size(), error.what());
    job.park_reason.clear();
    follow_ups.push_back({split(job)});
    follow_ups.push_back({std::move(job)});  // last: it is the next to run
    break;
  }
  case Action::fail_file:
    set_failed(job.files[0], conditions.database_answers && store::is_refused_row(error)
                                 ? name_refused_record(error, job.claim, job.files[0], m_context, session())
                                 : limit_reached(error, job.failures));
    fix_outcome(job.files[0]);
    job.park_reason.clear();
    follow_ups.push_back({std::move(job)});
    break;
  case Action::park:
    park(error, job);
    follow_ups.push_back({std::move(job)});
    break;
  case Action::stop_process:
    throw error;
  }
  return follow_ups;
}

// What earlier attempts met does not count against its files. The next try gets a new session: a statement that was
// prepared before a table was altered may fail for ever.
void Loader::park(const Error& error, Job& job) {
  m_context.observer.job_delayed(error.what());
  job.park_reason = error.what() + (error.hint().empty() ? "" : "; hint: " + error.hint());
  Failures failures;
  failures.clock_waits = job.failures.clock_waits;
  failures.writer_waits = job.failures.writer_waits;
  job.failures = failures;
  for (File& file : job.files)
    if (!is_outcome_fixed(file)) {
      file.rejects = {};
      file.unread = {};
    }
  set_session(nullptr);
}

UnroutedFollowUp Loader::recover(const Error& error, UnroutedFiles unrouted) {
  if (is_aborted(error))
    return {std::move(unrouted)};
  const Conditions conditions = conditions_after(error, unrouted.failures);
  const Action action = decide(error, failed_work(unrouted), conditions, {m_context.config.refusals});
  if (action == Action::stop_process)
    throw error;
  if (action == Action::retry_now) {
    ++unrouted.failures.locks_lost;
    return {std::move(unrouted)};
  }
  Delay pause = delay(action, error, conditions, unrouted.failures, subject_of(unrouted));
  return {std::move(unrouted), std::move(pause)};
}

// Rolls back. True if a stop that cannot wait interrupted the work: then the fault is not counted.
bool Loader::is_aborted(const Error& error) {
  if (m_session)
    m_session->rollback();
  return m_context.stop == Stop::now && error.fault() != Fault::fatal;
}

Conditions Loader::conditions_after(const Error& error, Failures& failures) {
  Conditions conditions{database_answers(), false};
  if (!is_connection_fault(error) || error.code() == k_clock_is_wrong)
    return conditions;
  const std::uint64_t commits = m_context.commits;
  const auto seen = std::exchange(failures.commits_seen, commits);
  conditions.others_succeed = seen && *seen != commits;
  return conditions;
}

Delay Loader::delay(Action action, const Error& error, const Conditions& conditions, Failures& failures,
                    const std::string& subject) {
  const auto pause = [&](unsigned tries) {
    return pause_before(tries, m_context.config.retry_first, m_context.config.retry_last);
  };
  m_context.observer.job_delayed(error.what());
  if (action == Action::declare_outage) {
    const auto time = pause(++failures.outages);
    if (!m_context.outage.exchange(true))
      log::warn("{}; files wait, next try in {} ms", error.what(), time.count());
    return {time, error.what()};
  }
  const bool is_clock_wait = error.code() == k_waits_for_clock;
  const auto clock_pause = clock_wait(failures, m_context.config);
  unsigned& count = is_clock_wait                        ? failures.clock_waits
                    : error.fault() == Fault::contention ? failures.locks_lost
                    : !is_connection_fault(error)        ? failures.refusals
                    : conditions.others_succeed          ? failures.losses
                                                         : failures.outages;
  const unsigned tries = ++count;
  const auto time = is_clock_wait ? clock_pause : pause(tries);
  log::warn("{}: {}; try {} in {} ms", subject, error.what(), tries + 1, time.count());
  return {time, ""};
}

// Replaces a closed session. False if no new one can be opened, or if a statement fails.
bool Loader::database_answers() {
  try {
    if (m_session && !m_session->is_open())
      set_session(nullptr);
    session().exec("select 1");
    return true;
  } catch (const Error& error) {
    log::debug("the database does not answer: {}", error.what());
  }
  set_session(nullptr);
  return false;
}

// The server was right at the start. If its operator has changed that since, all work waits.
store::Session& Loader::session() try {
  if (!m_session)
    set_session(store::open(m_context.target, store::Access::read_write, "longshore/loader"));
  return *m_session;
} catch (const Error& error) {
  if (!is_set_up_wrong(error) || m_context.target.engine != store::Engine::postgres)
    throw;
  throw Error{Fault::unavailable, error.what()}.with_hint(error.hint()).exits(error.exit());
}

void Loader::set_session(std::unique_ptr<store::Session> session) {
  const std::lock_guard lock{m_session_mutex};
  m_session = std::move(session);
  if (m_session && m_context.stop == Stop::now)
    m_session->interrupt();  // the session was opened after interrupt()
}

void Loader::interrupt() {
  const std::lock_guard lock{m_session_mutex};
  if (m_session)
    m_session->interrupt();
}

}  // namespace longshore::ingest
