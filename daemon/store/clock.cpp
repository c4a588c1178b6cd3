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

}  // namespace longshore::store
