-- The tables of the two built-in feeds, as schema/feeds/*.toml declares them, and a view for people. Times are canonical UTC
-- text, arrays are JSON.

create table detection_events (
  vehicle_id     text not null,
  detection_time text not null,
  record_hash    integer not null,
  object_types   text not null,
  object_values  text not null,
  file_id        integer not null,
  primary key (vehicle_id, detection_time, record_hash)
) strict, without rowid;

create table vehicle_status_history (
  vehicle_id  text not null,
  report_time text not null,
  record_hash integer not null,
  status      text not null,
  file_id     integer not null,
  primary key (vehicle_id, report_time, record_hash)
) strict, without rowid;

create table vehicle_status (
  vehicle_id  text not null,
  report_time text not null,
  status      text not null,
  file_id     integer not null,
  primary key (vehicle_id)
) strict, without rowid;
create index vehicle_status_status on vehicle_status (status);

-- one row a detection
create view detections as
select e.vehicle_id, e.detection_time, t.value as object_type, v.value as object_value, t.key + 1 as ordinal, e.file_id
from detection_events e, json_each(e.object_types) t, json_each(e.object_values) v
where v.key = t.key;
