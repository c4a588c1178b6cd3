-- 1. The days to make again, for each vehicle: from the report before the touched days to the report after them. Days
--    before the horizon stay as they are, because their reports may be gone.
create temporary table status_range on commit drop as
select t.vehicle_id,
       greatest(min(coalesce(p.day, t.day)), min(h.day)) as first_day,
       max(least(coalesce(n.day, t.day + 31), t.day + 31)) as last_day
from touched t
left join lateral (
  select (s.report_time at time zone 'UTC')::date as day
  from vehicle_status_history s
  where s.vehicle_id = t.vehicle_id and s.report_time < t.day::timestamp at time zone 'UTC'
  order by s.report_time desc
  limit 1
) p on true
left join lateral (
  select (s.report_time at time zone 'UTC')::date as day
  from vehicle_status_history s
  where s.vehicle_id = t.vehicle_id and s.report_time >= (t.day + 1)::timestamp at time zone 'UTC'
  order by s.report_time
  limit 1
) n on true
left join (
  select (horizon at time zone 'UTC')::date as day
  from ingest_horizons
  where feed = 'vehicles_status'
) h on true
group by t.vehicle_id;
analyze status_range;

-- 2. The reports of these days, the report before them and the one after them.
create temporary table status_report on commit drop as
select r.vehicle_id, s.report_time, s.status, s.record_hash
from status_range r
cross join lateral (
  select s.report_time, s.status, s.record_hash
  from vehicle_status_history s
  where s.vehicle_id = r.vehicle_id
    and s.report_time >= r.first_day::timestamp at time zone 'UTC'
    and s.report_time < (r.last_day + 1)::timestamp at time zone 'UTC'
  offset 0  -- else the planner may read the whole table
) s
union all
select r.vehicle_id, s.report_time, s.status, s.record_hash
from status_range r
cross join lateral (
  select s.report_time, s.status, s.record_hash
  from vehicle_status_history s
  where s.vehicle_id = r.vehicle_id and s.report_time >= (r.last_day + 1)::timestamp at time zone 'UTC'
  order by s.report_time
  limit 1
) s
union all
select r.vehicle_id, s.report_time, s.status, s.record_hash
from status_range r
cross join lateral (
  select s.report_time, s.status, s.record_hash
  from vehicle_status_history s
  where s.vehicle_id = r.vehicle_id and s.report_time < r.first_day::timestamp at time zone 'UTC'
  order by s.report_time desc, s.status desc, s.record_hash desc
  limit 1
) s
union all
-- a report that was removed
select r.vehicle_id, m.since, m.status, 0
from status_range r
join status_minutes m on m.vehicle_id = r.vehicle_id and m.day = r.first_day
where m.since < (select min(horizon) from ingest_horizons where feed = 'vehicles_status')
  and not exists (
    select 1
    from vehicle_status_history s
    where s.vehicle_id = r.vehicle_id and s.report_time < r.first_day::timestamp at time zone 'UTC'
  );

delete from status_minutes m
using status_range r
where m.vehicle_id = r.vehicle_id and m.day between r.first_day and r.last_day;

-- 3. Each report lasts until the next one, and counts on the days between them.
insert into status_minutes (vehicle_id, day, status, minutes, since)
with spans as (
  select vehicle_id, status, since, least(next, since + interval '744 hours') as until
  from (
    select vehicle_id, status, report_time as since,
           lead(report_time) over (partition by vehicle_id order by report_time, status, record_hash) as next
    from status_report
  ) followed
  where next is not null
), days as (
  select s.vehicle_id, s.status, s.since, s.until, d.day::date as day,
         greatest(s.since, d.day at time zone 'UTC') as first,
         least(s.until, (d.day + interval '1 day') at time zone 'UTC') as last
  from spans s
  join status_range r on r.vehicle_id = s.vehicle_id
  cross join lateral generate_series(
    greatest((s.since at time zone 'UTC')::date, r.first_day)::timestamp,
    least((s.until at time zone 'UTC')::date, r.last_day)::timestamp, interval '1 day') d (day)
  where s.until > s.since
)
select vehicle_id, day, status,
       sum((extract(epoch from last - first) * 1000000)::bigint)::double precision / 60000000,
       min(since) filter (where since < first)
from days
where last > first
group by vehicle_id, day, status;
