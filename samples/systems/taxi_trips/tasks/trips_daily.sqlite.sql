delete from trips_daily
where day in (select day from touched);

insert into trips_daily (kind, name, day, trips)
select 'region', p.region, t.day, count(*)
from touched t
join trips p on p.pickup_time >= t.day and p.pickup_time < date(t.day, '+1 day')
group by p.region, t.day;

-- a trip that begins in the box
insert into trips_daily (kind, name, day, trips)
select 'area', a.name, t.day, count(*)
from touched t
join trips p on p.pickup_time >= t.day and p.pickup_time < date(t.day, '+1 day')
join areas a on p.origin_lon between a.west and a.east and p.origin_lat between a.south and a.north
group by a.name, t.day;
