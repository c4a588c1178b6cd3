-- one row for each detection
create or replace view detections as
select e.vehicle_id, e.detection_time, d.object_type, d.object_value, d.ordinal, e.file_id
from detection_events e
cross join lateral unnest(e.object_types, e.object_values) with ordinality as d (object_type, object_value, ordinal);

-- one row for each event, with its day in UTC, whatever the time zone of the session
create or replace view detection_days as
select vehicle_id, (detection_time at time zone 'UTC')::date as day, detection_time, file_id
from detection_events;
