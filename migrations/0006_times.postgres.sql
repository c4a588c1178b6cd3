-- For questions about a stretch of time over all vehicles.

-- files that are loaded at once lie side by side in the table: with one range of times for 256 blocks half of a table of two
-- loaders was read for one day of thirty
drop index if exists detection_events_detection_time_idx;
create index on detection_events using brin (detection_time timestamptz_minmax_multi_ops)
  with (pages_per_range = 256, autosummarize = on);
drop index if exists vehicle_status_history_report_time_idx;
create index on vehicle_status_history using brin (report_time timestamptz_minmax_multi_ops)
  with (pages_per_range = 256, autosummarize = on);

-- tells the planner that there are few hours: it counts by them in memory instead of sorting
create statistics detection_events (ndistinct)
  on (date_trunc('hour', detection_time)), (date_trunc('day', detection_time)) from detection_events;
create statistics vehicle_status_history (ndistinct)
  on (date_trunc('hour', report_time)), (date_trunc('day', report_time)) from vehicle_status_history;
