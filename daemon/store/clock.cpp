#include "store/clock.hpp"

#include "base/error.hpp"
#include "base/time.hpp"

namespace longshore::store {

std::int64_t server_time(Session& session) {
  if (session.engine() == Engine::sqlite)
    return now_micros();
  const std::string now = as_text(session.exec("select clock_timestamp()").rows[0][0]);
  if (const auto time = parse_time(now).micros)
    return *time;
  throw Error{Fault::unavailable, "the database's clock says \"" + now + "\""};
}

// In the order of the ids, because PostgreSQL has no sorted index of started_at.
std::optional<std::int64_t> newest_begin_before(Session& session, std::int64_t time) {
  const Rows newest = session.exec(R"(
select started_at
from ingest_log
where started_at < $1
order by file_id desc
limit 1
)",
                                   {format_time(time)});
  return newest.empty() ? std::nullopt : parse_time(as_text(newest.rows[0][0])).micros;
}

}  // namespace longshore::store
