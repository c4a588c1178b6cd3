create table if not exists areas (
  name  text primary key,
  west  double precision not null,
  south double precision not null,
  east  double precision not null,
  north double precision not null
);

insert into areas (name, west, south, east, north)
values ('Prague centre', 14.38, 50.06, 14.46, 50.11), ('Hamburg harbour', 9.80, 53.50, 10.05, 53.56)
on conflict do nothing;

create table if not exists trips_daily (
  kind  text not null, -- region or area
  name  text not null,
  day   date not null,
  trips bigint not null,
  primary key (kind, name, day)
);

-- A week begins on Monday. Weeks without a trip do not count.
create or replace view weekly_average as
select kind, name, count(*) as weeks, cast(sum(trips) as bigint) as trips, round(sum(trips) / count(*), 1) as average
from (
  select kind, name, date_trunc('week', day::timestamp) as week, sum(trips) as trips
  from trips_daily
  group by kind, name, date_trunc('week', day::timestamp)
) weeks
group by kind, name;
