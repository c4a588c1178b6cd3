#include "store/new_partitions.hpp"

#include "base/crash_point.hpp"
#include "base/time.hpp"
#include "store/schema_sql.hpp"

#include <spdlog/fmt/fmt.h>

#include <optional>
#include <string_view>

namespace longshore::store {
namespace {

// Bounds are printed in the session's time zone.
constexpr auto k_utc = "set local timezone = 'UTC'";

// The newest partition of a table with bounds of one column that pg_get_expr() prints, by the text of its end.
// Canonical texts of one type sort like their times. `is_open`: a partition without an end exists.
constexpr auto k_newest = R"(
select quote_ident(owner.nspname) || '.' || quote_ident(whole.relname) as whole, quote_ident(place.nspname) as place,
       part.relname as name, pg_get_expr(part.relpartbound, part.oid) as bounds,
       coalesce(array_to_string(part.reloptions, ', '), '') as options,
       pg_get_userbyid(whole.relowner) as owner, owner.nspname || '.' || whole.relname as plain,
       exists (
         select 1
         from pg_inherits other
         join pg_class c on c.oid = other.inhrelid
         where other.inhparent = whole.oid and pg_get_expr(c.relpartbound, c.oid) like '%TO (MAXVALUE)'
       ) as is_open
from pg_class whole
join pg_namespace owner on owner.oid = whole.relnamespace
join pg_partitioned_table p on p.partrelid = whole.oid
join pg_attribute a on a.attrelid = whole.oid and a.attnum = p.partattrs[0]
join pg_inherits i on i.inhparent = whole.oid
join pg_class part on part.oid = i.inhrelid
join pg_namespace place on place.oid = part.relnamespace
where whole.oid = to_regclass($1) and p.partstrat = 'r' and p.partnatts = 1
  and a.atttypid in ('timestamptz'::regtype, 'timestamp'::regtype, 'date'::regtype)
  and pg_has_role(whole.relowner, 'usage') and part.relkind = 'r'
  and pg_get_expr(part.relpartbound, part.oid) like 'FOR VALUES FROM (''%'') TO (''%'')'
order by split_part(pg_get_expr(part.relpartbound, part.oid), ' TO ', 2) desc
limit 1
)";

struct Newest {
  std::string whole;  // names in quotes where they need them
  std::string place;  // its schema
  std::string name;
  std::string options;
  std::string owner;
  std::string plain;  // schema and table without quotes
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

// "2026-02-01 00:00:00+00" or "2026-02-01"
std::optional<std::int64_t> time_of_bound(std::string_view text) {
  if (const auto date = parse_date(text).days)
    return std::int64_t{*date} * k_micros_a_day;
  return parse_time(text).micros;
}

// The text between the quotes behind `word`: "FOR VALUES FROM ('…') TO ('…')".
std::string_view bound_after(std::string_view bounds, std::string_view word) {
  bounds.remove_prefix(bounds.find(word) + word.size());
  return bounds.substr(0, bounds.find('\''));
}

std::optional<Newest> newest_of(Session& session, const std::string& table) {
  const Rows found = session.exec(k_newest, {sql_name(table)});
  if (found.empty() || as_int(found.rows[0][7]) != 0)
    return {};
  const auto& row = found.rows[0];
  const std::string bounds = as_text(row[3]);
  const auto begin = time_of_bound(bound_after(bounds, "FROM ('"));
  const auto end = time_of_bound(bound_after(bounds, " TO ('"));
  if (!begin || !end)
    return {};
  return Newest{as_text(row[0]), as_text(row[1]), as_text(row[2]), as_text(row[4]),
                as_text(row[5]), as_text(row[6]), *begin,          *end};
}

bool is_of_partman(Session& session, const Newest& newest) {
  const Rows extension = session.exec(R"(
select quote_ident(nspname)
from pg_extension
join pg_namespace on pg_namespace.oid = extnamespace
where extname = 'pg_partman'
)");
  return !extension.empty() &&
         !session
              .exec("select 1 from " + as_text(extension.rows[0][0]) + ".part_config where parent_table = $1",
                    {newest.plain})
              .empty();
}

std::string date_of(std::int64_t time) { return format_time(time).substr(0, 10); }  // "2026-02-01"

// The first of the month that follows the month of `time`.
std::int64_t next_month(std::int64_t time) {
  const std::string date = date_of(time);
  const int year = std::stoi(date.substr(0, 4));
  const int month = std::stoi(date.substr(5, 2));
  const std::string first =
      month == 12 ? fmt::format("{:04}-01-01", year + 1) : fmt::format("{:04}-{:02}-01", year, month + 1);
  return time_of_bound(first).value_or(time);
}

bool is_month(const Newest& newest) {
  return newest.begin % k_micros_a_day == 0 && date_of(newest.begin).ends_with("-01") &&
         next_month(newest.begin) == newest.end;
}

// Nothing if the newest partition is neither a day nor a month.
std::optional<std::int64_t> next_end(const Newest& newest) {
  if (newest.begin % k_micros_a_day == 0 && newest.end == newest.begin + k_micros_a_day)
    return newest.end + k_micros_a_day;
  return is_month(newest) ? std::optional{next_month(newest.end)} : std::nullopt;
}

// The date in the forms that names of partitions have: 2026_02_01, 20260201, 2026_02, 202602; those of a day first.
std::string in_form(const std::string& date, bool has_separators, bool has_day) {
  std::string text;
  for (const char c : has_day ? date : date.substr(0, 7))
    if (c != '-')
      text += c;
    else if (has_separators)
      text += '_';
  return text;
}

std::string next_name(const Newest& newest, const std::string& table) {
  const std::string before = date_of(newest.begin);
  const std::string after = date_of(newest.end);
  for (const bool has_day : {true, false}) {
    if (!has_day && !is_month(newest))
      break;
    for (const bool has_separators : {true, false}) {
      const std::string old = in_form(before, has_separators, has_day);
      if (const auto at = newest.name.rfind(old); at != std::string::npos)
        return std::string{newest.name}.replace(at, old.size(), in_form(after, has_separators, has_day));
    }
  }
  return table + "_" + in_form(after, false, !is_month(newest));
}

// As tables with `partition of`, but without their lock of the whole table, which would make loads wait.
void create(Session& session, const Newest& newest, const std::string& name, std::int64_t end) {
  const std::string part = newest.place + "." + sql_name(name);
  session.exec_script("create table " + part + " (like " + newest.whole +
                      " including defaults including constraints including generated including storage "
                      "including statistics)" +
                      (newest.options.empty() ? "" : " with (" + newest.options + ")"));
  if (as_text(session.exec("select current_user").rows.at(0)[0]) != newest.owner)
    session.exec_script("alter table " + part + " owner to " + sql_name(newest.owner));
  session.exec_script("alter table " + newest.whole + " attach partition " + part + " for values from ('" +
                      format_time(newest.end) + "') to ('" + format_time(end) + "')");
}

}  // namespace

std::string make_next_partition(Session& session, const std::string& table, std::int64_t until) {
  if (session.engine() != Engine::postgres)
    return {};
  session.begin();
  session.exec(k_utc);
  auto newest = newest_of(session, table);
  if (!newest || newest->end >= until || !next_end(*newest) || is_of_partman(session, *newest)) {
    session.rollback();
    return {};
  }
  // Two processes that create partitions wait for each other here, and the second one sees what the first one made.
  session.exec("lock table " + newest->whole + " in share update exclusive mode");
  newest = newest_of(session, table);
  const auto end = newest && newest->end < until ? next_end(*newest) : std::nullopt;
  if (!end) {
    session.rollback();
    return {};
  }
  const std::string name = next_name(*newest, table);
  create(session, *newest, name, *end);
  crash_point("before_partition_commit");
  session.commit();
  return name;
}

}  // namespace longshore::store
