#include "housekeeping/row_retention.hpp"

#include "base/log.hpp"
#include "base/time.hpp"
#include "store/horizons.hpp"

#include <utility>

namespace longshore::housekeeping {
namespace {

// With SQLite each waited for the write lock for seconds. Then another round tries again.
constexpr unsigned k_most_contentions = 20;

}  // namespace

RowRetention::RowRetention(const Registry& registry) {
  for (const Feed& feed : registry.feeds())
    if (feed.keep)
      m_feeds.push_back(&feed);
}

bool RowRetention::step(store::Session& session, observe::Observer& observer, std::int64_t now) try {
  if (m_purge)
    return purge(session, observer);
  while (m_next < m_feeds.size())
    if (begin_feed(session, *m_feeds[m_next++], now))
      return true;
  m_next = 0;
  return false;
} catch (const Error& error) {
  if (m_purge && error.fault() == Fault::contention && ++m_contentions < k_most_contentions) {
    session.rollback();
    return true;
  }
  begin_again(session);
  throw;
} catch (...) {
  begin_again(session);
  throw;
}

void RowRetention::begin_again(store::Session& session) {
  session.rollback();
  m_purge.reset();
  m_contentions = 0;
  m_next = 0;
}

// Returns whether there is something to purge.
bool RowRetention::begin_feed(store::Session& session, const Feed& feed, std::int64_t now) {
  const std::int64_t wanted = feed.keep->horizon_at(now);
  store::Horizons horizons = store::read_horizons(session);
  if (store::horizon_of(horizons, feed) < wanted) {
    if (!store::is_confirmed_by_ledger(session, now)) {
      if (!std::exchange(m_is_unconfirmed, true))
        log::info("no row is removed: the ledger has no file of the last days that confirms this host's clock");
    } else if (!raise(session, feed, wanted)) {
      return false;
    }
    horizons = store::read_horizons(session);
  }
  m_horizon = store::horizon_of(horizons, feed);
  if (m_horizon == k_no_horizon || horizons.at(feed.name).purged_to.value_or(k_no_horizon) >= m_horizon)
    return false;
  m_purge = store::begin_row_purge(session, feed, m_horizon);
  return true;
}

// Returns whether this process may go on with the feed. If loads hold the horizon back, the rows behind the present one
// are removed, and it is raised in a later round: a retry at once would make more loads wait.
bool RowRetention::raise(store::Session& session, const Feed& feed, std::int64_t horizon) try {
  m_is_unconfirmed = false;
  if (!store::raise_horizon(session, feed, horizon))
    return false;
  log::info("{}: the horizon is {} now: older rows go, older records are rejected (keep = \"{}\")", feed.name,
            format_time(horizon), feed.keep->text);
  return true;
} catch (const Error& error) {
  if (error.fault() != Fault::contention)
    throw;
  session.rollback();
  log::debug("{}: the horizon rises later, loads are under way: {}", feed.name, error.what());
  return true;
}

bool RowRetention::purge(store::Session& session, observe::Observer& observer) {
  const Feed& feed = *m_feeds[m_next - 1];
  const std::uint64_t before = m_purge->rows();
  const store::PurgeStep step = m_purge->next();
  m_contentions = 0;
  m_rows += m_purge->rows() - before;
  if (m_purge->rows() > before)
    observer.rows_purged(feed.name, m_purge->rows() - before);
  if (step == store::PurgeStep::more)
    return true;
  if (step == store::PurgeStep::last) {
    store::set_purged_to(session, feed, m_horizon);
    log::info("{}: {} rows before {} were removed", feed.name, m_purge->rows(), format_time(m_horizon));
  }
  m_purge.reset();
  return true;
}

}  // namespace longshore::housekeeping
