-- The table that a first script makes: a row for each detection, a number for its key, an index for each of the two usual
-- questions (what one vehicle saw, where something was seen).
create table naive_detections (
  id             bigserial primary key,
  vehicle_id     text not null,
  detection_time timestamptz not null,
  object_type    text not null,
  object_value   integer not null
);
create index on naive_detections (vehicle_id, detection_time);
create index on naive_detections (object_type, detection_time);
