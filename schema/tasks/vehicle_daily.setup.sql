create table if not exists vehicle_daily (
  vehicle_id  text collate "C" not null,
  day         date not null,
  object_type text collate "C" not null,
  detections  bigint not null,
  objects     bigint not null,
  primary key (vehicle_id, day, object_type)
);
create index if not exists vehicle_daily_day on vehicle_daily (day, object_type);
