-- The tables of the ledger and of the built-in feeds, as the database's catalog lists them. For reading only: a test compares
-- this file with a new database, and LONGSHORE_RENEW_SNAPSHOTS=1 writes it again.

CREATE VIEW detection_days as
select vehicle_id, substr(detection_time, 1, 10) as day, detection_time, file_id
from detection_events

CREATE TABLE detection_events (
  vehicle_id text not null,
  detection_time text not null,
  record_hash integer not null,
  object_types text not null,
  object_values text not null,
  file_id integer not null,
  primary key (vehicle_id, detection_time, record_hash)
) strict, without rowid

CREATE VIEW detections as
select e.vehicle_id, e.detection_time, t.value as object_type, json_extract(e.object_values, '$[' || t.key || ']') as object_value,
       t.key + 1 as ordinal, e.file_id
from detection_events e, json_each(e.object_types) t

CREATE TABLE ingest_changes (
  task text not null,
  file_id integer,
  attempt integer,
  run_id integer
) strict
CREATE INDEX ingest_changes_task on ingest_changes (task)

CREATE TABLE ingest_drift (
  feed text not null,
  path text not null,
  type text not null,
  records integer not null,
  first_file_id integer not null,
  last_file_id integer not null,
  first_seen text not null,
  last_seen text not null,
  primary key (feed, path)
) strict, without rowid

CREATE TABLE ingest_feeds (
  feed text not null primary key,
  declaration text not null,
  types text not null,
  latest text not null,
  origin text not null,
  declared_by text not null,
  declared_at text not null
) strict, without rowid

CREATE TABLE ingest_horizons (
  feed text not null primary key,
  time_column text not null,
  horizon text not null,
  raised_at text not null,
  purged_to text
) strict, without rowid

CREATE TABLE ingest_log (
  file_id integer primary key autoincrement,
  claim text,
  claimed_at text,
  file_name text not null,
  feed text,
  sha256 text,
  name_values text not null default '',
  size_bytes integer,
  grew_to integer,
  modified_at text,
  status text not null
                 check (status in ('loading', 'loaded', 'partial', 'failed', 'duplicate', 'unrouted')),
  attempt integer not null default 1,
  records integer,
  rows_loaded integer,
  rows_duplicate integer,
  rows_rejected integer,
  rows_purged integer,
  error text,
  error_offset integer,
  error_line integer,
  error_column integer,
  duplicate_of integer,
  first_time text,
  last_time text,
  started_at text,
  finished_at text,
  archive_path text,
  packed_bytes integer,
  purged_at text,
  instance text
) strict
CREATE INDEX ingest_log_archive_path on ingest_log (archive_path)
CREATE UNIQUE INDEX ingest_log_arrival on ingest_log (file_name, claim)
CREATE UNIQUE INDEX ingest_log_content on ingest_log (feed, sha256, name_values) where status in ('loaded', 'partial')
CREATE INDEX ingest_log_large on ingest_log (feed, size_bytes) where size_bytes >= 4194304 and status in ('loaded', 'partial')
CREATE INDEX ingest_log_started_at on ingest_log (started_at)
CREATE INDEX ingest_log_status on ingest_log (status)

CREATE TABLE ingest_overlap (
  file_id integer not null,
  holder_file_id integer not null,
  rows integer not null,
  primary key (file_id, holder_file_id)
) strict, without rowid
CREATE INDEX ingest_overlap_holder on ingest_overlap (holder_file_id)

CREATE TABLE ingest_rejects (
  file_id integer not null,
  record_no integer not null,
  field text not null,
  code text not null,
  reason text not null,
  value text,
  byte_offset integer,
  fault_line integer,
  fault_column integer,
  raw text,
  primary key (file_id, record_no, field)
) strict, without rowid

CREATE TABLE ingest_task_feeds (
  feed text not null,
  task text not null,
  primary key (feed, task)
) strict, without rowid

CREATE TABLE ingest_task_runs (
  run_id integer primary key autoincrement,
  parent_run_id integer,
  task text not null,
  cause text not null,
  parameters text,
  state text not null check (state in ('running', 'succeeded', 'failed', 'lost')),
  started_at text not null,
  finished_at text,
  changes integer,
  touched integer,
  result text,
  error text,
  log text,
  instance text
) strict
CREATE INDEX ingest_task_runs_task on ingest_task_runs (task, run_id)

CREATE TABLE ingest_tasks (
  task text not null primary key,
  kind text not null check (kind in ('sql', 'program')),
  declaration text not null,
  after text not null,
  after_failure text not null,
  touched text not null,
  origin text not null,
  declared_by text not null,
  declared_at text not null,
  failures integer not null default 0,
  retry_at text,
  started_at text,
  finished_at text,
  run_id integer,
  lease_until text
) strict, without rowid

CREATE VIEW load_history as
select l.file_id,
       l.file_name,
       l.archive_path as stage_location,
       l.started_at,
       l.finished_at as last_load_time,
       'Loaded' as status,
       l.feed,
       (select substr(f.types, 1, instr(f.types, ': ') - 1) from ingest_feeds f where f.feed = l.feed) as table_name,
       l.size_bytes as file_size,
       l.records as row_parsed,
       l.rows_loaded as row_count,
       l.rows_rejected as error_count,
       null as first_error_message,
       null as first_error_line_number,
       null as first_error_character_pos,
       null as first_error_column_name
from ingest_log l
where l.status = 'loaded'
union all
select l.file_id, l.file_name, l.archive_path, l.started_at, l.finished_at, 'Partially loaded', l.feed,
       (select substr(f.types, 1, instr(f.types, ': ') - 1) from ingest_feeds f where f.feed = l.feed),
       l.size_bytes, l.records, l.rows_loaded, l.rows_rejected, r.reason, r.fault_line, r.fault_column,
       nullif(r.field, '')
from ingest_log l
left join ingest_rejects r
  on r.file_id = l.file_id
  and r.record_no = (select min(m.record_no) from ingest_rejects m where m.file_id = l.file_id)
  and r.field = (select m.field
                 from ingest_rejects m
                 where m.file_id = l.file_id
                 order by m.record_no, m.raw is null, m.field
                 limit 1)
where l.status = 'partial'
union all
select l.file_id, l.file_name, l.archive_path, l.started_at, l.finished_at, 'Load failed', l.feed,
       (select substr(f.types, 1, instr(f.types, ': ') - 1) from ingest_feeds f where f.feed = l.feed),
       l.size_bytes, l.records, 0, l.rows_rejected, l.error, l.error_line, l.error_column, null
from ingest_log l
where l.status = 'failed'
union all
select l.file_id, l.file_name, l.archive_path, l.started_at, l.finished_at, 'Load in progress', l.feed,
       (select substr(f.types, 1, instr(f.types, ': ') - 1) from ingest_feeds f where f.feed = l.feed),
       l.size_bytes, null, null, null, null, null, null, null
from ingest_log l
where l.status = 'loading'
union all
select l.file_id, l.file_name, l.archive_path, l.started_at, l.finished_at, 'Load skipped', l.feed,
       (select substr(f.types, 1, instr(f.types, ': ') - 1) from ingest_feeds f where f.feed = l.feed),
       l.size_bytes, l.records, 0, l.rows_rejected, l.error, l.error_line, l.error_column, null
from ingest_log l
where l.status in ('duplicate', 'unrouted')

CREATE TABLE longshore_migrations (
  version integer primary key,
  name text not null,
  checksum text not null,
  applied_at text not null
) strict

CREATE VIEW reject_summary as
select s.feed,
       s.code,
       s.field,
       s.rejects,
       s.files,
       e.reason as example_reason,
       e.value as example_value,
       (select r.raw
        from ingest_rejects r
        where r.file_id = e.file_id and r.record_no = e.record_no and r.raw is not null
        limit 1) as example_record,
       l.file_id as example_file_id,
       l.file_name as example_file_name,
       l.finished_at as example_time
from (
  select c.feed, c.code, c.field, c.rejects, c.files, c.newest_file_id,
         (select max(r.record_no)
          from ingest_rejects r
          where r.file_id = c.newest_file_id and r.code = c.code and r.field = c.field) as newest_record_no
  from (
    select l.feed, f.code, f.field, sum(f.rejects) as rejects, count(*) as files,
           max(f.file_id) as newest_file_id
    from (
      select file_id, code, field, count(*) as rejects
      from ingest_rejects
      group by file_id, code, field
    ) f
    join ingest_log l on l.file_id = f.file_id
    group by l.feed, f.code, f.field
  ) c
) s
join ingest_rejects e on e.file_id = s.newest_file_id and e.record_no = s.newest_record_no and e.field = s.field
join ingest_log l on l.file_id = s.newest_file_id

CREATE VIEW vehicle_overview as
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
) v

CREATE TABLE vehicle_status (
  vehicle_id text not null,
  report_time text not null,
  status text not null,
  file_id integer not null,
  primary key (vehicle_id)
) strict, without rowid
CREATE INDEX vehicle_status_status on vehicle_status (status)

CREATE TABLE vehicle_status_history (
  vehicle_id text not null,
  report_time text not null,
  record_hash integer not null,
  status text not null,
  file_id integer not null,
  primary key (vehicle_id, report_time, record_hash)
) strict, without rowid
