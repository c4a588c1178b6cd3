delete from detections_hourly
where hour in (select hour from touched);

-- The events have no index by time alone. So each vehicle is found by a look-up, and its events of each range by
-- another. Touched hours at most a day apart are one range.
insert into detections_hourly (hour, object_type, detections, objects)
with recursive vehicles (vehicle_id) as (
  select min(vehicle_id) from detection_events
  union all
  select (select min(e.vehicle_id) from detection_events e where e.vehicle_id > v.vehicle_id)
  from vehicles v
  where v.vehicle_id is not null
), starts as (
  select hour, coalesce(julianday(hour) - julianday(lag(hour) over (order by hour)) > 1.01, 1) as is_start
  from touched
), numbered as (
  select hour, sum(is_start) over (order by hour) as number
  from starts
), ranges as (
  select min(hour) as first, substr(max(hour), 1, 13) || ':59:59.999999Z' as last
  from numbered
  group by number
), found as (
  select substr(e.detection_time, 1, 13) || ':00:00.000000Z' as hour, coalesce(d.value, '') as object_type,
         json_extract(e.object_values, '$[' || d.key || ']') as object_value
  from vehicles v
  cross join ranges r
  cross join detection_events e
  cross join json_each(e.object_types) d
  where e.vehicle_id = v.vehicle_id and e.detection_time >= r.first and e.detection_time <= r.last
)
select hour, object_type, count(*), coalesce(sum(object_value), 0)
from found
where hour in (select hour from touched)
group by hour, object_type;
