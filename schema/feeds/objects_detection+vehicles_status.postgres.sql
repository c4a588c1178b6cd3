-- One row for each vehicle that has reported: as in vehicles_status.sql, and when it detected something last.
create or replace view vehicle_overview as
select v.vehicle_id,
       v.status,
       v.status_since,
       v.report_time,
       v.detection_time,
       case when v.detection_time > v.report_time then v.detection_time else v.report_time end as last_seen
from (
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
         (select max(d.detection_time) from detection_days d where d.vehicle_id = s.vehicle_id) as detection_time
  from vehicle_status s
) v;
