-- one row for each detection
create or replace view detections as
select e.vehicle_id, e.detection_time, d.object_type, d.object_value, d.ordinal, e.file_id
from detection_events e
cross join lateral unnest(e.object_types, e.object_values) with ordinality as d (object_type, object_value, ordinal);
