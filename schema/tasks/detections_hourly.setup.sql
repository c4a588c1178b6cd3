create table if not exists detections_hourly (
  hour        timestamptz not null,
  object_type text collate "C" not null,
  detections  bigint not null,
  objects     bigint not null,
  primary key (hour, object_type)
);
