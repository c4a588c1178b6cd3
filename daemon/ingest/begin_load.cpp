#include "ingest/begin_load.hpp"

#include "base/crash_point.hpp"
#include "ingest/retry_policy.hpp"
#include "store/declarations.hpp"

#include <algorithm>
#include <set>

namespace longshore::ingest {

namespace {

// A lock that is lost here was not lost to a file of the job.
store::InForce begin(const Job& job, store::Session& session, store::LoadOrder order) {
  try {
    const bool has_horizons =
        std::ranges::any_of(job.files, [](const File& file) { return file.feed && file.feed->keep; });
    return has_horizons ? store::begin_load_with_horizons(session, order) : store::begin_load(session, order);
  } catch (const Error& error) {
    if (error.fault() != Fault::contention)
      throw;
    throw Error{error}.with_code(std::string{k_cannot_begin});
  }
}

// Returns whether every file that is decoded was decoded by the horizon that the database has.
bool take_horizons(Job& job, const store::Horizons& horizons, Context& context) {
  bool is_same = true;
  for (File& file : job.files) {
    if (is_outcome_fixed(file) || !file.feed || !file.feed->keep)
      continue;
    const std::int64_t horizon = store::horizon_of(horizons, *file.feed);
    context.horizons.set(*file.feed, horizon);
    if (file.state == FileState::unread)
      file.horizon = horizon;
    is_same = is_same && file.horizon == horizon;
  }
  return is_same;
}

// Empty if no task waits for the files of this job.
store::TaskFeeds with_tasks(const Job& job, store::TaskFeeds task_feeds) {
  const auto has_task = [&](const File& file) { return file.feed && task_feeds.contains(file.feed->name); };
  if (task_feeds.contains(store::k_ledger_feed) || std::ranges::any_of(job.files, has_task))
    return task_feeds;
  return {};
}

}  // namespace

store::TaskFeeds begin_load(Job& job, store::LoadOrder order, Context& context, store::Session& session) {
  crash_point("before_begin");
  store::InForce in_force = begin(job, session, order);
  std::set<const Feed*> different;
  for (const File& file : job.files) {
    if (is_outcome_fixed(file) || !file.feed)
      continue;
    if (!store::is_in_force(in_force.declarations, *file.feed))
      different.insert(file.feed);
  }
  if (different.empty()) {
    if (take_horizons(job, in_force.horizons, context))
      return with_tasks(job, std::move(in_force.task_feeds));
    session.rollback();
    throw Error{Fault::contention, "the horizon of a feed has moved"}.with_code(std::string{k_other_horizon});
  }
  session.rollback();
  for (const Feed* feed : different)
    context.paused.pause(*feed, store::describe_difference(session, *feed));
  throw Error{Fault::contention, "the database has another declaration of a feed"}.with_code(
      std::string{k_other_declaration});
}

}  // namespace longshore::ingest
