#include "store/catalog.hpp"

#include <regex>

namespace longshore::test {
namespace {

using store::as_text;

// object, line; sorted
constexpr auto k_postgres = R"sql(
with relation as (
  select oid, relname, relkind, reloptions from pg_class
  where relnamespace = 'public'::regnamespace and relkind in ('r', 'v')
), line as (
  select r.relname, 0 as part, 0 as number,
         case r.relkind when 'v' then 'view ' else 'table ' end || r.relname ||
         coalesce(' with (' || array_to_string(r.reloptions, ', ') || ')', '') as text
  from relation r
  union all
  select r.relname, 1, a.attnum, '  ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) ||
         case when c.collname <> 'default' then ' collate "' || c.collname || '"' else '' end ||
         case when a.attnotnull then ' not null' else '' end ||
         coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
  from relation r
  join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
  left join pg_collation c on c.oid = a.attcollation
  left join pg_attrdef d on d.adrelid = r.oid and d.adnum = a.attnum
  union all
  select r.relname, 2, row_number() over (partition by r.oid order by n.contype desc, n.conname)::int,
         '  ' || pg_get_constraintdef(n.oid)
  from relation r join pg_constraint n on n.conrelid = r.oid and n.contype in ('p', 'u', 'c')
  union all
  select r.relname, 3, row_number() over (partition by r.oid order by x.relname)::int, '  ' || pg_get_indexdef(i.indexrelid)
  from relation r
  join pg_index i on i.indrelid = r.oid and not i.indisprimary
  join pg_class x on x.oid = i.indexrelid
  union all
  select r.relname, 4, 0, '  ' || pg_get_statisticsobjdef(s.oid)
  from relation r join pg_statistic_ext s on s.stxrelid = r.oid
  union all
  select r.relname, 5, 0, '  as ' || regexp_replace(trim(pg_get_viewdef(r.oid)), '\s+', ' ', 'g')
  from relation r where r.relkind = 'v'
)
select relname, text from line order by relname collate "C", part, number
)sql";

constexpr auto k_sqlite = R"sql(
select tbl_name, sql from sqlite_master where sql is not null and name not like 'sqlite_%'
order by tbl_name, type <> 'table', name
)sql";

// Removes quotes and alignment, which are not part of the schema.
std::string plain(const std::string& sql) {
  return std::regex_replace(std::regex_replace(sql, std::regex{"\""}, ""), std::regex{"([^\\n ]) +"}, "$1 ");
}

}  // namespace

std::map<std::string, std::string> catalog(store::Session& session) {
  const bool sqlite = session.engine() == store::Engine::sqlite;
  const store::Rows found = session.exec(sqlite ? k_sqlite : k_postgres);
  std::map<std::string, std::string> texts;
  for (const auto& row : found.rows)
    texts[as_text(row[0])] += (sqlite ? plain(as_text(row[1])) : as_text(row[1])) + "\n";
  return texts;
}

}  // namespace longshore::test
