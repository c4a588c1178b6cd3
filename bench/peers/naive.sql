-- The table of a typical first script: one row per detection, a number as its key, and one index for each of the two usual queries
-- (detections of one vehicle, detections of one type).
create table naive_detections (
  id             bigserial primary key,
  vehicle_id     text not null,
  detection_time timestamptz not null,
  object_type    text not null,
  object_value   integer not null
);
create index on naive_detections (vehicle_id, detection_time);
create index on naive_detections (object_type, detection_time);
