delete from detections_hourly h
using touched t
where h.hour = t.hour;

-- Touched hours at most a day apart are read together: all hours by one scan, two days far apart by one scan each.
insert into detections_hourly (hour, object_type, detections, objects)
with starts as (
  select hour, coalesce(hour - lag(hour) over (order by hour) > interval '24 hours', true) as is_start
  from touched
), numbered as (
  select hour, count(*) filter (where is_start) over (order by hour) as number
  from starts
), ranges as (
  select min(hour) as first, max(hour) + interval '1 hour' as last
  from numbered
  group by number
)
select t.hour, coalesce(d.object_type, ''), count(*), coalesce(sum(d.object_value), 0)
from ranges r
cross join lateral (
  select e.detection_time, e.object_types, e.object_values
  from detection_events e
  where e.detection_time >= r.first and e.detection_time < r.last
  offset 0  -- else the planner may read the whole table, to join it with the hours first
) e
join touched t on t.hour = date_trunc('hour', e.detection_time, 'UTC')
cross join lateral unnest(e.object_types, e.object_values) d (object_type, object_value)
group by t.hour, coalesce(d.object_type, '');
