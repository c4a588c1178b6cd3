delete from trips_daily d
using touched t
where d.day = t.day;

insert into trips_daily (kind, name, day, trips)
select 'region', p.region, t.day, count(*)
from touched t
join trips p on p.pickup_time >= t.day::timestamp at time zone 'UTC'
            and p.pickup_time < (t.day + 1)::timestamp at time zone 'UTC'
group by p.region, t.day;

-- a trip that begins in the box
insert into trips_daily (kind, name, day, trips)
select 'area', a.name, t.day, count(*)
from touched t
join trips p on p.pickup_time >= t.day::timestamp at time zone 'UTC'
            and p.pickup_time < (t.day + 1)::timestamp at time zone 'UTC'
join areas a on p.origin_lon between a.west and a.east and p.origin_lat between a.south and a.north
group by a.name, t.day;
