delete from vehicle_daily v
using touched t
where v.vehicle_id = t.vehicle_id and v.day = t.day;

-- One look-up by the primary key for each touched day of a vehicle.
insert into vehicle_daily (vehicle_id, day, object_type, detections, objects)
select t.vehicle_id, t.day, coalesce(d.object_type, ''), count(*), coalesce(sum(d.object_value), 0)
from touched t
cross join lateral (
  select e.object_types, e.object_values
  from detection_events e
  where e.vehicle_id = t.vehicle_id
    and e.detection_time >= t.day::timestamp at time zone 'UTC'
    and e.detection_time < (t.day + 1)::timestamp at time zone 'UTC'
  offset 0  -- else the planner may read the whole table
) e
cross join lateral unnest(e.object_types, e.object_values) d (object_type, object_value)
group by t.vehicle_id, t.day, coalesce(d.object_type, '');
