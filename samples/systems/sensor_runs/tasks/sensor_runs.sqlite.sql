delete from run_wide
where run_id in (select run_id from touched);

insert into run_wide (run_id, robot_id, read_at, x, y, z, fx, fy, fz, distance)
with reading as (
  -- a distance of 0 or less is no distance: the sensor saw nothing
  select r.run_id, r.robot_id, r.field, r.read_at, strftime('%s', r.read_at) + substr(r.read_at, 20, 7) as seconds,
         avg(case when r.field = 'distance' and r.value <= 0 then null else r.value end) as value
  from robot_readings r
  join touched t on t.run_id = r.run_id
  group by r.run_id, r.robot_id, r.field, r.read_at
), instant as (
  select distinct run_id, robot_id, read_at, seconds from reading
), measured as (
  select distinct run_id, robot_id, field from reading
), grid as (
  -- each field at each instant; known_at is NULL in a gap. Rows with the same `before` have the same last reading, rows
  -- with the same `after` the same next one.
  select i.run_id, i.robot_id, i.read_at, i.seconds, m.field, r.seconds as known_at, r.value,
         count(r.read_at) over (partition by i.run_id, i.robot_id, m.field order by i.read_at) as before,
         count(r.read_at) over (partition by i.run_id, i.robot_id, m.field order by i.read_at desc) as after
  from instant i
  join measured m on m.run_id = i.run_id and m.robot_id = i.robot_id
  left join reading r
    on r.run_id = i.run_id and r.robot_id = i.robot_id and r.field = m.field and r.read_at = i.read_at
), around as (
  select run_id, robot_id, read_at, seconds, field, known_at, value,
         max(known_at) over (partition by run_id, robot_id, field, before) as time_before,
         max(value) over (partition by run_id, robot_id, field, before) as value_before,
         max(known_at) over (partition by run_id, robot_id, field, after) as time_after,
         max(value) over (partition by run_id, robot_id, field, after) as value_after
  from grid
), filled as (
  -- a straight line between two readings. Beyond the first and the last one, and beside an invalid one, nothing is
  -- known.
  select run_id, robot_id, read_at, field,
         case
           when known_at is not null then value
           else value_before + (value_after - value_before) * (seconds - time_before) / (time_after - time_before)
         end as value
  from around
)
select run_id, robot_id, read_at,
       max(case when field = 'x' then value end), max(case when field = 'y' then value end),
       max(case when field = 'z' then value end), max(case when field = 'fx' then value end),
       max(case when field = 'fy' then value end), max(case when field = 'fz' then value end),
       max(case when field = 'distance' then value end)
from filled
group by run_id, robot_id, read_at;

delete from run_statistics
where run_id in (select run_id from touched);

insert into run_statistics (run_id, robot_id, started_at, ended_at, seconds, instants, path, speed, force, nearest)
with step as (
  select w.run_id, w.robot_id, w.read_at, w.distance,
         w.x - lag(w.x) over run as dx, w.y - lag(w.y) over run as dy, w.z - lag(w.z) over run as dz,
         sqrt(w.fx * w.fx + w.fy * w.fy + w.fz * w.fz) as force
  from run_wide w
  join touched t on t.run_id = w.run_id
  window run as (partition by w.run_id, w.robot_id order by w.read_at)
), total as (
  -- a sum of nothing is NULL
  select run_id, robot_id, min(read_at) as started_at, max(read_at) as ended_at, count(*) as instants,
         sum(sqrt(dx * dx + dy * dy + dz * dz)) as path, avg(force) as force, min(distance) as nearest
  from step
  group by run_id, robot_id
), timed as (
  select t.*, strftime('%s', t.ended_at) - strftime('%s', t.started_at) +
              substr(t.ended_at, 20, 7) - substr(t.started_at, 20, 7) as seconds
  from total t
)
select run_id, robot_id, started_at, ended_at, seconds, instants, path, path / nullif(seconds, 0), force, nearest
from timed;

select run_id, robot_id, seconds, path
from run_statistics
where run_id in (select run_id from touched)
order by run_id, robot_id;
