create table if not exists ingest_daily (
  day            text not null,
  feed           text not null,
  status         text not null,
  files          integer not null,
  records        integer not null,
  rows_loaded    integer not null,
  rows_duplicate integer not null,
  rows_rejected  integer not null,
  bytes          integer not null,
  primary key (day, feed, status)
) strict, without rowid;
