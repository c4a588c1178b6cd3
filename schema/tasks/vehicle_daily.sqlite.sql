delete from vehicle_daily
where (vehicle_id, day) in (select vehicle_id, day from touched);

insert into vehicle_daily (vehicle_id, day, object_type, detections, objects)
select t.vehicle_id, t.day, coalesce(d.value, ''), count(*),
       coalesce(sum(json_extract(e.object_values, '$[' || d.key || ']')), 0)
from touched t
cross join detection_events e
cross join json_each(e.object_types) d
where e.vehicle_id = t.vehicle_id
  and e.detection_time >= t.day || 'T00:00:00.000000Z'
  and e.detection_time <= t.day || 'T23:59:59.999999Z'
group by t.vehicle_id, t.day, coalesce(d.value, '');
