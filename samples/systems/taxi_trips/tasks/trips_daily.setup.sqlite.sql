create table if not exists areas (
  name  text primary key,
  west  real not null,
  south real not null,
  east  real not null,
  north real not null
);

insert into areas (name, west, south, east, north)
values ('Prague centre', 14.38, 50.06, 14.46, 50.11), ('Hamburg harbour', 9.80, 53.50, 10.05, 53.56)
on conflict do nothing;

create table if not exists trips_daily (
  kind  text not null, -- region or area
  name  text not null,
  day   text not null,
  trips integer not null,
  primary key (kind, name, day)
);

-- A week begins on Monday: the Sunday that follows, less six days. Weeks without a trip do not count.
create view if not exists weekly_average as
select kind, name, count(*) as weeks, sum(trips) as trips, round(1.0 * sum(trips) / count(*), 1) as average
from (
  select kind, name, date(day, 'weekday 0', '-6 days') as week, sum(trips) as trips
  from trips_daily
  group by kind, name, date(day, 'weekday 0', '-6 days')
) weeks
group by kind, name;
