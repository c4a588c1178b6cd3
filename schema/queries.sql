-- Common queries. Each runs unchanged on SQLite and on PostgreSQL. The values in them occur in samples/.
-- Times are UTC. Write them with six digits after the second: this form compares correctly in both databases.

-- 1. How many objects of a type did a vehicle see in a time range?
select sum(object_value) as objects
from detections
where vehicle_id = '3f7a9c2e5b8d4e61a0c4d2f8b7e63519' and object_type = 'cars'
  and detection_time >= '2026-01-01T00:00:00.000000Z' and detection_time < '2026-01-02T00:00:00.000000Z';

-- 2. How many objects of a type did all vehicles see in a time range?
select sum(object_value) as objects
from detections
where object_type = 'cars'
  and detection_time >= '2026-01-01T00:00:00.000000Z' and detection_time < '2026-01-02T00:00:00.000000Z';

-- 3. How many objects of each type were seen on a day?
select object_type, sum(object_value) as objects, count(*) as detections
from detections
where detection_time >= '2026-01-01T00:00:00.000000Z' and detection_time < '2026-01-02T00:00:00.000000Z'
group by object_type
order by objects desc, object_type;

-- 4. How many vehicles saw a type on a day?
select count(distinct vehicle_id) as vehicles
from detections
where object_type = 'pedestrians'
  and detection_time >= '2026-01-01T00:00:00.000000Z' and detection_time < '2026-01-02T00:00:00.000000Z';

-- 5. What is the latest status of a vehicle?
select status, report_time
from vehicle_status
where vehicle_id = '3f7a9c2e5b8d4e61a0c4d2f8b7e63519';

-- 6. Which vehicles are in an accident now?
select vehicle_id, report_time
from vehicle_status
where status = 'accident'
order by report_time, vehicle_id;

-- 7. What is the latest status of each vehicle, and what did it detect last before that report?
with last as (
  select s.vehicle_id, s.status, s.report_time,
         (select max(e.detection_time)
          from detection_events e
          where e.vehicle_id = s.vehicle_id and e.detection_time <= s.report_time) as detection_time
  from vehicle_status s
)
select l.vehicle_id, l.status, l.report_time, l.detection_time, d.object_type, d.object_value, d.ordinal
from last l
join detections d on d.vehicle_id = l.vehicle_id and d.detection_time = l.detection_time
union all
select l.vehicle_id, l.status, l.report_time, l.detection_time, null, null, null
from last l
where not exists (select 1
                  from detections d
                  where d.vehicle_id = l.vehicle_id and d.detection_time = l.detection_time)
order by vehicle_id, ordinal, object_type;

-- 8. What did a vehicle detect last?
select detection_time, object_type, object_value
from detections
where vehicle_id = '3f7a9c2e5b8d4e61a0c4d2f8b7e63519'
order by detection_time desc, ordinal
limit 10;

-- 9. Which vehicles were never in an accident?
select s.vehicle_id
from vehicle_status s
where not exists (select 1
                  from vehicle_status_history h
                  where h.vehicle_id = s.vehicle_id and h.status = 'accident')
order by s.vehicle_id;

-- 10. Which vehicles reported a status in a time range?
select vehicle_id, report_time
from vehicle_status_history
where status = 'parking'
  and report_time >= '2026-01-01T08:00:00.000000Z' and report_time < '2026-01-01T09:00:00.000000Z'
order by report_time, vehicle_id;

-- 11. Which detections have a value in a range?
select vehicle_id, detection_time, object_type, object_value
from detections
where object_value between 4 and 6
order by detection_time, vehicle_id, ordinal;

-- 12. When was the last event of each vehicle on each day?
select vehicle_id, day, max(detection_time) as last_event
from detection_days
group by vehicle_id, day
order by vehicle_id, day;
