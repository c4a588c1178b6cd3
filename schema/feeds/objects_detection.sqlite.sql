-- One row for each detection. For an event of 8 000 detections this takes 0.07 s; a join of two json_each took 5.6 s.
drop view if exists detections;
create view detections as
select e.vehicle_id, e.detection_time, t.value as object_type, json_extract(e.object_values, '$[' || t.key || ']') as object_value,
       t.key + 1 as ordinal, e.file_id
from detection_events e, json_each(e.object_types) t;

-- one row for each event, with its day in UTC
drop view if exists detection_days;
create view detection_days as
select vehicle_id, substr(detection_time, 1, 10) as day, detection_time, file_id
from detection_events;
