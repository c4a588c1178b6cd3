create table if not exists detections_hourly (
  hour        text not null,
  object_type text not null,
  detections  integer not null,
  objects     integer not null,
  primary key (hour, object_type)
) strict, without rowid;
