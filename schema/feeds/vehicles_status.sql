create index if not exists vehicle_status_status on vehicle_status (status);

-- One row for each vehicle. status_since: its first report of this status at or after the newest one of another status.
-- This is the form for a database without detections.
drop view if exists vehicle_overview;
create view vehicle_overview as
select s.vehicle_id,
       s.status,
       coalesce((select min(h.report_time)
                 from vehicle_status_history h
                 where h.vehicle_id = s.vehicle_id and h.status = s.status and h.report_time <= s.report_time
                   and h.report_time >= coalesce((select max(o.report_time)
                                                  from vehicle_status_history o
                                                  where o.vehicle_id = s.vehicle_id and o.status <> s.status
                                                    and o.report_time <= s.report_time),
                                                 '0001-01-01T00:00:00.000000Z')),
                s.report_time) as status_since,
       s.report_time,
       nullif(s.report_time, s.report_time) as detection_time,
       s.report_time as last_seen
from vehicle_status s;
