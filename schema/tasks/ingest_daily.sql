delete from ingest_daily d
using touched t
where d.day = t.day;

-- The ledger has an index by started_at only. A load starts after the claim, a replay later; a day is more than hosts'
-- clocks differ.
insert into ingest_daily (day, feed, status, files, records, rows_loaded, rows_duplicate, rows_rejected, bytes)
select t.day, coalesce(l.feed, ''), l.status, count(*), coalesce(sum(l.records), 0), coalesce(sum(l.rows_loaded), 0),
       coalesce(sum(l.rows_duplicate), 0), coalesce(sum(l.rows_rejected), 0), coalesce(sum(l.size_bytes), 0)
from ingest_log l
join touched t on t.day = (l.claimed_at at time zone 'UTC')::date
where l.started_at >= (select (min(day) - 1)::timestamp at time zone 'UTC' from touched) and l.status <> 'loading'
group by t.day, coalesce(l.feed, ''), l.status;
