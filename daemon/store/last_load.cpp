#include "store/last_load.hpp"

#include "base/time.hpp"

namespace longshore::store {
namespace {

std::optional<std::int64_t> time_in(const Rows& rows) {
  return rows.empty() ? std::nullopt : parse_time(as_text(rows.rows[0][0])).micros;
}

}  // namespace

std::optional<std::int64_t> LastLoad::due(const Expect& expect) const {
  const auto last = loaded_at ? loaded_at : declared_at;
  return last ? std::optional{expect.due_after(*last)} : std::nullopt;
}

bool LastLoad::is_late(const Expect& expect, std::int64_t now) const {
  const auto time = due(expect);
  return time && *time <= now;
}

LastLoad last_load(Session& session, const std::string& feed) {
  // by file_id, for which there is an index, not by finished_at
  const Rows loaded = session.exec(R"(
select finished_at
from ingest_log
where feed = $1 and status in ('loaded', 'partial')
order by file_id desc
limit 1
)",
                                   {feed});
  const Rows declared = session.exec("select declared_at from ingest_feeds where feed = $1", {feed});
  return {time_in(loaded), time_in(declared)};
}

std::string late_text(const Expect& expect, const LastLoad& last) {
  const std::string since = last.loaded_at
                                ? "no file was loaded since " + format_time(*last.loaded_at).substr(0, 19) + "Z"
                            : last.declared_at ? "no file was loaded yet"
                                               : "no daemon has declared it yet";
  return since + ", expected is one " + (expect.within > 0 ? "every " : "") + expect.text;
}

}  // namespace longshore::store
