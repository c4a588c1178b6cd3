delete from ingest_daily
where day in (select day from touched);

-- The ledger has an index by started_at only. A load starts after the claim, a replay later; a day is more than hosts'
-- clocks differ.
insert into ingest_daily (day, feed, status, files, records, rows_loaded, rows_duplicate, rows_rejected, bytes)
select substr(l.claimed_at, 1, 10), coalesce(l.feed, ''), l.status, count(*), coalesce(sum(l.records), 0),
       coalesce(sum(l.rows_loaded), 0), coalesce(sum(l.rows_duplicate), 0), coalesce(sum(l.rows_rejected), 0),
       coalesce(sum(l.size_bytes), 0)
from ingest_log l
where l.started_at >= (select date(min(day), '-1 day') from touched)
  and substr(l.claimed_at, 1, 10) in (select day from touched)
  and l.status <> 'loading'
group by substr(l.claimed_at, 1, 10), coalesce(l.feed, ''), l.status;
