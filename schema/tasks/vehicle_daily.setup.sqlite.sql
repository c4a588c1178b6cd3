create table if not exists vehicle_daily (
  vehicle_id  text not null,
  day         text not null,
  object_type text not null,
  detections  integer not null,
  objects     integer not null,
  primary key (vehicle_id, day, object_type)
) strict, without rowid;
create index if not exists vehicle_daily_day on vehicle_daily (day, object_type);
