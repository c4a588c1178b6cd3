create table if not exists status_minutes (
  vehicle_id text collate "C" not null,
  day        date not null,
  status     text collate "C" not null,
  minutes    double precision not null,
  since      timestamptz,
  primary key (vehicle_id, day, status)
);
create index if not exists status_minutes_day on status_minutes (day, status);
