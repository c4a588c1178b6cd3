-- The questions that are asked most. Each runs on SQLite and on PostgreSQL as it stands; the values are those of samples/.
-- Times are UTC; the form with six digits compares rightly in both.

-- 1. How many objects of a type did a vehicle see in a time range?
select sum(object_value) as objects
from detections
where vehicle_id = '3f7a9c2e5b8d4e61a0c4d2f8b7e63519' and object_type = 'cars'
  and detection_time >= '2026-01-01T00:00:00.000000Z' and detection_time < '2026-01-02T00:00:00.000000Z';

-- 2. The same for the fleet
select sum(object_value) as objects
from detections
where object_type = 'cars'
  and detection_time >= '2026-01-01T00:00:00.000000Z' and detection_time < '2026-01-02T00:00:00.000000Z';

-- 3. The distribution of types on a day
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

-- 5. The latest status of a vehicle
select status, report_time
from vehicle_status
where vehicle_id = '3f7a9c2e5b8d4e61a0c4d2f8b7e63519';

-- 6. Who is in an accident now?
select vehicle_id, report_time
from vehicle_status
where status = 'accident'
order by report_time, vehicle_id;

-- 7. The latest status of each vehicle, with the last detections before it
select s.vehicle_id, s.status, s.report_time, d.detection_time, d.object_type, d.object_value
from vehicle_status s
left join detections d
  on d.vehicle_id = s.vehicle_id
 and d.detection_time = (select max(e.detection_time)
                         from detection_events e
                         where e.vehicle_id = s.vehicle_id and e.detection_time <= s.report_time)
order by s.vehicle_id, d.detection_time, d.ordinal;

-- 8. The latest detections of a vehicle
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

-- 10. Reports by status and time
select vehicle_id, report_time
from vehicle_status_history
where status = 'parking'
  and report_time >= '2026-01-01T08:00:00.000000Z' and report_time < '2026-01-01T09:00:00.000000Z'
order by report_time, vehicle_id;

-- 11. Detections by a range of values
select vehicle_id, detection_time, object_type, object_value
from detections
where object_value between 4 and 6
order by detection_time, vehicle_id, ordinal;

-- 12. The last event of each vehicle on each day
select vehicle_id, substr(cast(detection_time as text), 1, 10) as day, max(detection_time) as last_event
from detection_events
group by vehicle_id, substr(cast(detection_time as text), 1, 10)
order by vehicle_id, day;
