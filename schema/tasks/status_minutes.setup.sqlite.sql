create table if not exists status_minutes (
  vehicle_id text not null,
  day        text not null,
  status     text not null,
  minutes    real not null,
  since      text,
  primary key (vehicle_id, day, status)
) strict, without rowid;
create index if not exists status_minutes_day on status_minutes (day, status);
