-- 1. The days to make again, for each vehicle: from the report before the touched days to the report after them. Days
--    before the horizon stay as they are, because their reports may be gone.
create temporary table status_range as
select vehicle_id, max(min(coalesce(day_before, day)), coalesce(horizon, '')) as first_day,
       max(min(coalesce(day_after, date(day, '+31 days')), date(day, '+31 days'))) as last_day
from (
  select t.vehicle_id, t.day,
         (select substr(max(s.report_time), 1, 10)
          from vehicle_status_history s
          where s.vehicle_id = t.vehicle_id and s.report_time < t.day || 'T00:00:00.000000Z') as day_before,
         (select substr(min(s.report_time), 1, 10)
          from vehicle_status_history s
          where s.vehicle_id = t.vehicle_id and s.report_time > t.day || 'T23:59:59.999999Z') as day_after,
         (select substr(horizon, 1, 10) from ingest_horizons where feed = 'vehicles_status') as horizon
  from touched t
)
group by vehicle_id;

-- 2. The reports of these days, the report before them and the one after them.
create temporary table status_report as
select r.vehicle_id, s.report_time, s.status, s.record_hash
from status_range r
cross join vehicle_status_history s
where s.vehicle_id = r.vehicle_id
  and s.report_time >= r.first_day || 'T00:00:00.000000Z'
  and s.report_time <= r.last_day || 'T23:59:59.999999Z'
union all
select r.vehicle_id, s.report_time, s.status, s.record_hash
from status_range r
cross join vehicle_status_history s
where s.vehicle_id = r.vehicle_id
  and s.report_time = (
    select min(a.report_time)
    from vehicle_status_history a
    where a.vehicle_id = r.vehicle_id and a.report_time > r.last_day || 'T23:59:59.999999Z'
  )
union all
select r.vehicle_id, s.report_time, s.status, s.record_hash
from status_range r
cross join vehicle_status_history s
where s.vehicle_id = r.vehicle_id
  and s.report_time = (
    select max(b.report_time)
    from vehicle_status_history b
    where b.vehicle_id = r.vehicle_id and b.report_time < r.first_day || 'T00:00:00.000000Z'
  )
union all
-- a report that was removed
select r.vehicle_id, m.since, m.status, 0
from status_range r
cross join status_minutes m
where m.vehicle_id = r.vehicle_id and m.day = r.first_day
  and m.since < (select horizon from ingest_horizons where feed = 'vehicles_status')
  and not exists (
    select 1
    from vehicle_status_history s
    where s.vehicle_id = r.vehicle_id and s.report_time < r.first_day || 'T00:00:00.000000Z'
  );

delete from status_minutes
where (vehicle_id, day, status) in (
  select m.vehicle_id, m.day, m.status
  from status_range r
  cross join status_minutes m
  where m.vehicle_id = r.vehicle_id and m.day between r.first_day and r.last_day
);

-- 3. Each report lasts until the next one, and counts on the days between them.
insert into status_minutes (vehicle_id, day, status, minutes, since)
with recursive followed as (
  select vehicle_id, status, report_time as since,
         lead(report_time) over (partition by vehicle_id order by report_time, status, record_hash) as next
  from status_report
), spans as (
  select vehicle_id, status, since,
         min(next, strftime('%Y-%m-%dT%H:%M:%S', substr(since, 1, 19), '+31 days') || substr(since, 20)) as until
  from followed
  where next is not null
), days (vehicle_id, status, since, until, day, last_day) as (
  select s.vehicle_id, s.status, s.since, s.until, max(substr(s.since, 1, 10), r.first_day),
         min(substr(s.until, 1, 10), r.last_day)
  from spans s
  join status_range r on r.vehicle_id = s.vehicle_id
  where s.until > s.since and max(substr(s.since, 1, 10), r.first_day) <= min(substr(s.until, 1, 10), r.last_day)
  union all
  select vehicle_id, status, since, until, date(day, '+1 day'), last_day
  from days
  where day < last_day
), parts as (
  select vehicle_id, status, day, since, max(since, day || 'T00:00:00.000000Z') as first,
         min(until, date(day, '+1 day') || 'T00:00:00.000000Z') as last
  from days
)
select vehicle_id, day, status,
       sum((strftime('%s', substr(last, 1, 19)) - strftime('%s', substr(first, 1, 19))) * 1000000
           + substr(last, 21, 6) - substr(first, 21, 6)) / 60000000.0,
       min(case when since < first then since end)
from parts
where last > first
group by vehicle_id, day, status;

drop table status_report;
drop table status_range;
