#include "store/sqlite/key_purge.hpp"

#include "base/crash_point.hpp"
#include "base/time.hpp"
#include "store/ledger.hpp"
#include "store/schema_sql.hpp"

#include <spdlog/fmt/fmt.h>

namespace longshore::store::sqlite {
namespace {

// Read in about 10 ms; if all of them go, the write lock is held for about 100 ms.
constexpr int k_rows_a_step = 10'000;

// "(a, b) > ($2, $3)"; the values are added to the parameters. "" if there are none.
std::string compared(const std::string& key, const char* comparison, const std::vector<Value>& values,
                     std::vector<Value>& params) {
  std::string list;
  for (const Value& value : values) {
    params.push_back(value);
    list += (list.empty() ? "$" : ", $") + std::to_string(params.size());
  }
  return values.empty() ? "" : fmt::format("\n  and ({}) {} ({})", key, comparison, list);
}

}  // namespace

KeyPurge::KeyPurge(Session& session, const Feed& feed, std::int64_t horizon)
    : m_session(session), m_feed(feed), m_table(sql_name(feed.table)),
      m_time_column(sql_name(feed.columns[feed.keep->column].name)), m_key(sql_names(fact_key(feed))),
      m_horizon(horizon) {}

PurgeStep KeyPurge::next() {
  if (m_is_done)
    return PurgeStep::last;
  const std::vector<Value> end = end_of_step();
  if (!delete_until(end))
    return PurgeStep::refused;
  m_last = end;
  m_is_done = end.empty();
  return m_is_done ? PurgeStep::last : PurgeStep::more;
}

// The key of the row at which the step ends; empty if it ends with the table.
std::vector<Value> KeyPurge::end_of_step() const {
  std::vector<Value> params{std::int64_t{k_rows_a_step - 1}};
  const std::string after = compared(m_key, ">", m_last, params);
  const Rows found = m_session.exec(fmt::format(R"(
select {0}
from {1}
where true{2}
order by {0}
limit 1 offset $1
)",
                                                m_key, m_table, after),
                                    params);
  return found.empty() ? std::vector<Value>{} : found.rows[0];
}

// Returns false if the step is refused.
bool KeyPurge::delete_until(const std::vector<Value>& end) {
  std::vector<Value> params{format_time(m_horizon)};
  std::string range = fmt::format("where {} < $1", m_time_column);
  range += compared(m_key, ">", m_last, params);
  range += compared(m_key, "<=", end, params);
  const auto files = [&] {
    return m_session.exec(fmt::format("select file_id, count(*)\nfrom {}\n{}\ngroup by file_id", m_table, range),
                          params);
  };
  if (files().empty())
    return true;
  if (!begin_step(m_session, m_feed))
    return false;
  const Rows purged = files();  // again: another process may have written since
  m_session.exec(fmt::format("delete from {}\n{}", m_table, range), params);
  std::uint64_t rows = 0;
  for (const auto& row : purged.rows) {
    rows += static_cast<std::uint64_t>(as_int(row[1]));
    Ledger{m_session}.add_purged(as_int(row[0]), static_cast<std::uint64_t>(as_int(row[1])));
  }
  crash_point("before_purge_commit");
  m_session.commit();
  crash_point("after_purge_commit");
  add_rows(rows);
  return true;
}

}  // namespace longshore::store::sqlite
