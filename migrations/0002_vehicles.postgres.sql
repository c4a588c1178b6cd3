-- The tables of the two built-in feeds, as schema/feeds/*.toml declares them, and a view for people.

create table detection_events (
  vehicle_id     text collate "C" not null,
  detection_time timestamptz not null,
  record_hash    bigint not null,
  object_types   text[] collate "C" not null,
  object_values  integer[] not null,
  file_id        bigint not null,
  primary key (vehicle_id, detection_time, record_hash)
);
create index on detection_events using brin (detection_time) with (pages_per_range = 256, autosummarize = on);
create index on detection_events using brin (file_id int8_minmax_multi_ops) with (pages_per_range = 256, autosummarize = on);

create table vehicle_status_history (
  vehicle_id  text collate "C" not null,
  report_time timestamptz not null,
  record_hash bigint not null,
  status      text collate "C" not null,
  file_id     bigint not null,
  primary key (vehicle_id, report_time, record_hash)
);
create index on vehicle_status_history using brin (report_time) with (pages_per_range = 256, autosummarize = on);
create index on vehicle_status_history using brin (file_id int8_minmax_multi_ops) with (pages_per_range = 256, autosummarize = on);

create table vehicle_status (
  vehicle_id  text collate "C" primary key,
  report_time timestamptz not null,
  status      text collate "C" not null,
  file_id     bigint not null
) with (fillfactor = 80);
create index vehicle_status_status on vehicle_status (status);

-- one row a detection
create view detections as
select e.vehicle_id, e.detection_time, d.object_type, d.object_value, d.ordinal, e.file_id
from detection_events e
cross join lateral unnest(e.object_types, e.object_values) with ordinality as d (object_type, object_value, ordinal);
