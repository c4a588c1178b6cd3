-- The value that belongs to a type is taken by its place, not looked for among all of its event: json_each of both arrays took
-- 5.6 s for an event of 8 000 detections, this 0.07 s.
drop view detections;
create view detections as
select e.vehicle_id, e.detection_time, t.value as object_type, json_extract(e.object_values, '$[' || t.key || ']') as object_value,
       t.key + 1 as ordinal, e.file_id
from detection_events e, json_each(e.object_types) t;
