#include "housekeeping/make_partitions.hpp"

#include "base/log.hpp"
#include "base/time.hpp"
#include "store/clock.hpp"
#include "store/new_partitions.hpp"

#include <algorithm>

namespace longshore::housekeeping {
namespace {

// Of one table in one round: a year of days, so that a wrong clock or setting cannot create thousands.
constexpr int k_most_partitions = 366;

bool is_of_session(const Error& error) {
  return error.fault() == Fault::disconnected || error.fault() == Fault::unavailable;
}

}  // namespace

// A fault of one table leaves the others alone.
void MakePartitions::run(Round& round) {
  std::string faults;
  for (const Feed& feed : m_registry.feeds()) {
    if (!feed.has_history)
      continue;
    try {
      make(round, feed.table);
    } catch (const Error& error) {
      if (is_of_session(error))
        throw;
      round.session().rollback();
      faults += (faults.empty() ? "" : "; ") + feed.table + ": " + error.what();
    }
  }
  if (!faults.empty())
    throw Error{Fault::transient, faults}.with_hint(
        "create the partition by hand; rows of its time may be in the default partition");
}

void MakePartitions::make(Round& round, const std::string& table) {
  // Not Round::now(): it stays behind if no file comes, and files of the new time wait for their partition.
  const std::int64_t until = std::min(store::server_time(round.session()), now_micros()) + m_ahead;
  std::string first;
  std::string last;
  int count = 0;
  for (; count < k_most_partitions; ++count) {
    const std::string made = store::make_next_partition(round.session(), table, until);
    if (made.empty())
      break;
    ++round.work().partitions;
    first = first.empty() ? made : first;
    last = made;
    round.rest();
  }
  if (count > 0)
    log::info("{}: {} partitions created, {} to {}", table, count, first, last);
}

}  // namespace longshore::housekeeping
