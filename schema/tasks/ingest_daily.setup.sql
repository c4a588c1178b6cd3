create table if not exists ingest_daily (
  day            date not null,
  feed           text collate "C" not null,
  status         text collate "C" not null,
  files          bigint not null,
  records        bigint not null,
  rows_loaded    bigint not null,
  rows_duplicate bigint not null,
  rows_rejected  bigint not null,
  bytes          bigint not null,
  primary key (day, feed, status)
);
