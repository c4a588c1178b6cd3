-- The tables of the ledger. The tables of a feed are created from its declaration. Times are canonical UTC text, arrays are JSON.

-- the ledger: one row for each arrival, with its outcome; autoincrement, so that ids are not reused
create table ingest_log (
  file_id        integer primary key autoincrement,
  claim          text,
  claimed_at     text,
  file_name      text not null,
  feed           text,
  sha256         text,
  name_values    text not null default '',
  size_bytes     integer,
  grew_to        integer,
  modified_at    text,
  status         text not null
                 check (status in ('loading', 'loaded', 'partial', 'failed', 'duplicate', 'unrouted')),
  attempt        integer not null default 1,
  records        integer,
  rows_loaded    integer,
  rows_duplicate integer,
  rows_rejected  integer,
  rows_purged    integer,
  error          text,
  error_offset   integer,
  error_line     integer,
  error_column   integer,
  duplicate_of   integer,
  first_time     text,
  last_time      text,
  started_at     text,
  finished_at    text,
  archive_path   text,
  packed_bytes   integer,
  purged_at      text,
  instance       text
) strict;

-- Each index slows down a ledger that gets thousands of rows per second, so there are no others.

-- an arrival has one row; also finds a file by its name
create unique index ingest_log_arrival on ingest_log (file_name, claim);
-- a content is loaded once; values that columns take from the file name are part of it
create unique index ingest_log_content on ingest_log (feed, sha256, name_values) where status in ('loaded', 'partial');
-- finds loaded files of the same size: then a large file is hashed before it is parsed
create index ingest_log_large on ingest_log (feed, size_bytes) where size_bytes >= 4194304 and status in ('loaded', 'partial');
create index ingest_log_status on ingest_log (status);
create index ingest_log_started_at on ingest_log (started_at);
-- finds the file of an archived copy: for retry and verify
create index ingest_log_archive_path on ingest_log (archive_path);

-- the rejected records of each file: a row for each fault
create table ingest_rejects (
  file_id      integer not null,
  record_no    integer not null,
  field        text not null,
  code         text not null,
  reason       text not null,
  value        text,
  byte_offset  integer,
  fault_line   integer,
  fault_column integer,
  raw          text,
  primary key (file_id, record_no, field)
) strict, without rowid;

-- which other file already held rows of a file, and how many
create table ingest_overlap (
  file_id        integer not null,
  holder_file_id integer not null,
  rows           integer not null,
  primary key (file_id, holder_file_id)
) strict, without rowid;
create index ingest_overlap_holder on ingest_overlap (holder_file_id);

-- the declaration of each feed that is in force, with the types of its columns and its latest table, and who declared it
create table ingest_feeds (
  feed        text not null primary key,
  declaration text not null,
  types       text not null,
  latest      text not null,
  origin      text not null,
  declared_by text not null,
  declared_at text not null
) strict, without rowid;

-- how far the rows of feeds with `keep` were removed; a row is added when a horizon rises for the first time
create table ingest_horizons (
  feed        text not null primary key,
  time_column text not null,
  horizon     text not null,
  raised_at   text not null,
  purged_to   text
) strict, without rowid;

-- members in the files of a feed that no column reads
create table ingest_drift (
  feed          text not null,
  path          text not null,
  type          text not null,
  records       integer not null,
  first_file_id integer not null,
  last_file_id  integer not null,
  first_seen    text not null,
  last_seen     text not null,
  primary key (feed, path)
) strict, without rowid;

-- the tasks that run after loads: the declaration in force, and the state of each
create table ingest_tasks (
  task          text not null primary key,
  kind          text not null check (kind in ('sql', 'program')),
  declaration   text not null,
  after         text not null,
  after_failure text not null,
  touched       text not null,
  origin        text not null,
  declared_by   text not null,
  declared_at   text not null,
  failures      integer not null default 0,
  retry_at      text,
  started_at    text,
  finished_at   text,
  run_id        integer,
  lease_until   text
) strict, without rowid;

-- of which feeds the loads cause changes of a task; the feed ingest_log stands for all arrivals
create table ingest_task_feeds (
  feed text not null,
  task text not null,
  primary key (feed, task)
) strict, without rowid;

-- what a task has not used yet: a loaded file, all rows (file_id 0), the end of the run of another task, or
-- only keys in ingest_touched_<task> (neither id)
create table ingest_changes (
  task    text not null,
  file_id integer,
  attempt integer,
  run_id  integer
) strict;
create index ingest_changes_task on ingest_changes (task);

-- each run of a task, from its start
create table ingest_task_runs (
  run_id        integer primary key autoincrement,
  parent_run_id integer,
  task          text not null,
  cause         text not null,
  parameters    text,
  state         text not null check (state in ('running', 'succeeded', 'failed', 'lost')),
  started_at    text not null,
  finished_at   text,
  changes       integer,
  touched       integer,
  result        text,
  error         text,
  log           text,
  instance      text
) strict;
create index ingest_task_runs_task on ingest_task_runs (task, run_id);

-- The files that were loaded or not, in the words of Snowflake's COPY_HISTORY. One branch for each status, so that a
-- condition on the status reads only the rows that have it; started_at, file_name and file_id have indexes too.
create view load_history as
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
where l.status in ('duplicate', 'unrouted');

-- the stored rejects of each feed by code and column, each with its newest example
create view reject_summary as
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
join ingest_log l on l.file_id = s.newest_file_id;
