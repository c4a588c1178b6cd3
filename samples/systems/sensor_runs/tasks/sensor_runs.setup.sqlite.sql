create table if not exists run_wide (
  run_id   text not null,
  robot_id integer not null,
  read_at  text not null,
  x        real,
  y        real,
  z        real,
  fx       real,
  fy       real,
  fz       real,
  distance real, -- NULL: not known, or invalid
  primary key (run_id, robot_id, read_at)
);

create table if not exists run_statistics (
  run_id      text not null,
  robot_id    integer not null,
  started_at  text not null,
  ended_at    text not null,
  seconds     real not null,
  instants    integer not null,
  path        real, -- its length; NULL, and not 0, if no two positions in a row are known
  speed       real, -- along the way, in a second
  force       real, -- the mean
  nearest     real, -- the least valid distance
  primary key (run_id, robot_id)
);
