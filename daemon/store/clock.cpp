#include "store/clock.hpp"

#include "base/error.hpp"
#include "base/time.hpp"

#include <spdlog/fmt/fmt.h>

namespace longshore::store {

std::int64_t server_time(Session& session) {
  if (session.engine() == Engine::sqlite)
    return now_micros();
  const std::string now = as_text(session.exec("select clock_timestamp()").rows[0][0]);
  if (const auto time = parse_time(now).micros)
    return *time;
  throw Error{Fault::unavailable, "the database's clock says \"" + now + "\""};
}

std::string clock_sql(Engine engine, std::chrono::milliseconds offset) {
  if (engine == Engine::postgres)
    return offset.count() == 0 ? "clock_timestamp()"
                               : fmt::format("clock_timestamp() + interval '{} milliseconds'", offset.count());
  const double seconds = static_cast<double>(offset.count()) / 1000;
  const std::string shift = offset.count() == 0 ? "" : fmt::format(", '{:+.3f} seconds'", seconds);
  return "strftime('%Y-%m-%dT%H:%M:%f', 'now'" + shift + ") || '000Z'";
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
