#include "ingest/loader.hpp"

#include "base/crash_point.hpp"
#include "base/log.hpp"
#include "ingest/outcome.hpp"
#include "spool/work/crash_counter.hpp"

#include <algorithm>
#include <exception>
#include <iterator>
#include <utility>

namespace longshore::ingest {
namespace {

std::string subject(const Job& job) {
  return job.files.size() == 1 ? job.files[0].row.file_name : std::to_string(job.files.size()) + " files";
}

// Which limit it was that the file met.
Error reason_of_last(const Error& error, const Job& job) {
  if (error.fault() == Fault::bad_file)
    return error;
  const bool is_lost = error.fault() == Fault::disconnected || error.fault() == Fault::unavailable;
  const std::string count = std::to_string(1 + (is_lost ? job.losses : job.refusals));
  return Error{Fault::bad_file, "given up after " + count +
                                    (is_lost ? " tries, while others got through: " : " tries: ") + error.what()};
}

Job half_of(Job& job) {
  Job half;
  half.kind = job.kind;
  half.claim = job.claim;
  half.committed = job.committed;
  half.locks_lost = job.locks_lost;
  half.outages = job.outages;
  const auto middle = job.files.begin() + static_cast<std::ptrdiff_t>(job.files.size() / 2);
  half.files.assign(std::make_move_iterator(middle), std::make_move_iterator(job.files.end()));
  job.files.erase(middle, job.files.end());
  return half;
}

}  // namespace

Loader::Loader(Context& context)
    : m_context(context), m_archive(context.directories), m_small(context, m_archive), m_large(context, m_archive) {}

std::vector<Later> Loader::run(Job first) {
  std::vector<Later> later;
  m_todo.clear();
  m_todo.push_back(std::move(first));
  while (!m_todo.empty()) {
    Job job = std::move(m_todo.back());
    m_todo.pop_back();
    if (m_context.stop != Stop::no && !job.committed) {
      later.push_back({std::move(job), {}, {}});
      continue;
    }
    try {
      const spool::CrashCounter under_way{job.claim};
      attempt(job);
      if (m_context.outage.exchange(false))
        log::info("it goes on");
    } catch (const Error& error) {
      recover(error, std::move(job), later);
    } catch (const std::exception& error) {  // of no room we know: perhaps this file's doing, so it is counted
      recover(Error{Fault::transient, std::string{"unexpected: "} + error.what()}.exits(Exit::internal), std::move(job),
              later);
    }
  }
  return later;
}

void Loader::attempt(Job& job) {
  if (job.kind == Job::Kind::unrouted)
    return note_unrouted(job);
  if (!job.committed) {
    if (job.kind == Job::Kind::large)
      m_large.load(job, session());
    else
      for (File& file : m_small.load(job, session())) {
        Job large;
        large.kind = Job::Kind::large;
        large.claim = job.claim;
        large.files.push_back(std::move(file));
        m_todo.push_back(std::move(large));
      }
    ++m_context.commits;
    // not those that outgrew their window and are gone on with, nor those of which the ledger had the outcome
    const auto settled = std::ranges::count(job.files, false, &File::settled_before);
    if (settled > 0)
      m_context.observer.committed(static_cast<std::size_t>(settled));
  }
  crash_point("before_archive");
  archive(job, m_context, m_archive, session());
}

// Once per name, size and mtime: that is the claim's place in the key.
void Loader::note_unrouted(Job& job) {
  std::vector<const store::LedgerRow*> rows;
  for (File& file : job.files) {
    begin_row(file, job, m_context);
    file.row.status = store::Status::unrouted;
    file.row.claim = "unrouted " + std::to_string(file.row.size_bytes) + " " + std::to_string(file.row.modified_at);
    file.row.error = "no feed takes a file of this name";
    file.row.finished_at = file.row.started_at;
    rows.push_back(&file.row);
  }
  crash_point("before_note");
  const auto ids = store::Ledger{session()}.insert(rows);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (!ids[i])
      continue;
    ++m_context.totals.files[static_cast<std::size_t>(store::Status::unrouted)];
    m_context.observer.file_finished(job.files[i].row, *ids[i]);
    log::warn("{}: no feed takes a file of this name; left in the landing directory", job.files[i].row.file_name);
  }
}

void Loader::recover(const Error& error, Job job, std::vector<Later>& later) {
  if (m_session)
    m_session->rollback();
  if (m_context.stop == Stop::now && error.fault() != Fault::fatal) {
    later.push_back({std::move(job), {}, {}});
    return;
  }
  const Surroundings around{database_answers(), others_get_through(error, job)};
  const auto pause = [&](unsigned tries) {
    return pause_before(tries, m_context.config.retry_first, m_context.config.retry_last);
  };
  switch (settle(error, job, around, {m_context.config.refusals})) {
  case Next::again:
    ++job.locks_lost;
    m_todo.push_back(std::move(job));
    return;
  case Next::later: {
    m_context.observer.job_delayed(error.what());
    job.trouble = job.committed && around.database_answers ? error.what() : "";
    const unsigned tries = ++counter_of(error, around, job);
    const auto delay = pause(tries);
    log::warn("{}: {}; try {} in {} ms", subject(job), error.what(), tries + 1, delay.count());
    later.push_back({std::move(job), delay, {}});
    return;
  }
  case Next::wait: {
    m_context.observer.job_delayed(error.what());
    const auto delay = pause(++job.outages);
    if (!m_context.outage.exchange(true))
      log::warn("{}; files wait, trying again from {} ms on", error.what(), delay.count());
    later.push_back({std::move(job), delay, error.what()});
    return;
  }
  case Next::split: {
    Job half = half_of(job);
    job.refusals = job.losses = job.outages = half.outages = 0;
    log::debug("{} files refused together ({}): each half by itself", job.files.size() + half.files.size(),
               error.what());
    m_todo.push_back(std::move(half));
    m_todo.push_back(std::move(job));
    return;
  }
  case Next::fail:
    make_failed(job.files[0], reason_of_last(error, job));
    job.files[0].decided = true;
    m_todo.push_back(std::move(job));
    return;
  case Next::stop:
    throw error;
  }
}

bool Loader::others_get_through(const Error& error, Job& job) const {
  if (error.fault() != Fault::disconnected && error.fault() != Fault::unavailable)
    return false;
  const std::uint64_t commits = m_context.commits;
  const auto seen = std::exchange(job.commits_seen, commits);
  return seen && *seen != commits;
}

unsigned& Loader::counter_of(const Error& error, const Surroundings& around, Job& job) {
  switch (error.fault()) {
  case Fault::contention:
    return job.locks_lost;
  case Fault::disconnected:
  case Fault::unavailable:
    return around.others_get_through ? job.losses : job.outages;
  default:
    return job.refusals;
  }
}

// A session that is gone is replaced: whether that can be had is the answer.
bool Loader::database_answers() {
  try {
    if (m_session && !m_session->is_open())
      set_session(nullptr);
    session().exec("select 1");
    return true;
  } catch (const Error& error) {
    log::debug("asked whether the database answers: {}", error.what());
  }
  set_session(nullptr);
  return false;
}

store::Session& Loader::session() {
  if (!m_session)
    set_session(store::open(m_context.target, store::Access::read_write, "longshore/loader"));
  return *m_session;
}

void Loader::set_session(std::unique_ptr<store::Session> session) {
  const std::lock_guard lock{m_session_mutex};
  m_session = std::move(session);
  if (m_session && m_context.stop == Stop::now)
    m_session->interrupt();  // it came too late for interrupt()
}

void Loader::interrupt() {
  const std::lock_guard lock{m_session_mutex};
  if (m_session)
    m_session->interrupt();
}

}  // namespace longshore::ingest
