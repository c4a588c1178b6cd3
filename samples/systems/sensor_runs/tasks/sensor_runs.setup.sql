create table if not exists run_wide (
  run_id   text not null,
  robot_id integer not null,
  read_at  timestamptz not null,
  x        double precision,
  y        double precision,
  z        double precision,
  fx       double precision,
  fy       double precision,
  fz       double precision,
  distance double precision, -- NULL: not known, or invalid
  primary key (run_id, robot_id, read_at)
);

create table if not exists run_statistics (
  run_id      text not null,
  robot_id    integer not null,
  started_at  timestamptz not null,
  ended_at    timestamptz not null,
  seconds     double precision not null,
  instants    bigint not null,
  path        double precision, -- its length; NULL, and not 0, if no two positions in a row are known
  speed       double precision, -- along the way, in a second
  force       double precision, -- the mean
  nearest     double precision, -- the least valid distance
  primary key (run_id, robot_id)
);
