-- The tables of the ledger. The tables of a feed are created from its declaration.

-- the ledger: one row for each arrival, with its outcome
create table ingest_log (
  file_id        bigserial primary key,
  claim          text collate "C",
  claimed_at     timestamptz,
  file_name      text collate "C" not null,
  feed           text collate "C",
  sha256         text collate "C",
  name_values    text collate "C" not null default '',
  size_bytes     bigint,
  grew_to        bigint,
  modified_at    timestamptz,
  status         text collate "C" not null
                 check (status in ('loading', 'loaded', 'partial', 'failed', 'duplicate', 'unrouted')),
  attempt        bigint not null default 1,
  records        bigint,
  rows_loaded    bigint,
  rows_duplicate bigint,
  rows_rejected  bigint,
  rows_purged    bigint,
  error          text collate "C",
  error_offset   bigint,
  error_line     bigint,
  error_column   bigint,
  duplicate_of   bigint,
  first_time     timestamptz,
  last_time      timestamptz,
  started_at     timestamptz,
  finished_at    timestamptz,
  archive_path   text collate "C",
  packed_bytes   bigint,
  purged_at      timestamptz,
  instance       text collate "C"
);

-- Each index slows down a ledger that gets thousands of rows per second, so there are no others.

-- an arrival has one row; also finds a file by its name
create unique index ingest_log_arrival on ingest_log (file_name, claim);
-- a content is loaded once; values that columns take from the file name are part of it
create unique index ingest_log_content on ingest_log (feed, sha256, name_values) where status in ('loaded', 'partial');
-- finds loaded files of the same size: then a large file is hashed before it is parsed
create index ingest_log_large on ingest_log (feed, size_bytes) where size_bytes >= 4194304 and status in ('loaded', 'partial');
-- most rows have one of the two excluded statuses, and no query looks for them by status
create index ingest_log_status on ingest_log (status) where status not in ('loaded', 'duplicate');
-- BRIN, because rows are inserted in the order of this time
create index ingest_log_started_at on ingest_log using brin (started_at) with (autosummarize = on);
-- finds the file of an archived copy: for retry and verify
create index ingest_log_archive_path on ingest_log (archive_path);

-- the rejected records of each file: a row for each fault
create table ingest_rejects (
  file_id      bigint not null,
  record_no    bigint not null,
  field        text collate "C" not null,
  code         text collate "C" not null,
  reason       text collate "C" not null,
  value        text collate "C",
  byte_offset  bigint,
  fault_line   bigint,
  fault_column bigint,
  raw          text collate "C",
  primary key (file_id, record_no, field)
);

-- which other file already held rows of a file, and how many
create table ingest_overlap (
  file_id        bigint not null,
  holder_file_id bigint not null,
  rows           bigint not null,
  primary key (file_id, holder_file_id)
);
create index ingest_overlap_holder on ingest_overlap (holder_file_id);

-- the declaration of each feed that is in force, with the types of its columns and its latest table, and who declared it
create table ingest_feeds (
  feed        text collate "C" primary key,
  declaration text collate "C" not null,
  types       text collate "C" not null,
  latest      text collate "C" not null,
  origin      text collate "C" not null,
  declared_by text collate "C" not null,
  declared_at timestamptz not null
);

-- how far the rows of feeds with `keep` were removed; a row is added when a horizon rises for the first time
create table ingest_horizons (
  feed        text collate "C" primary key,
  time_column text collate "C" not null,
  horizon     timestamptz not null,
  raised_at   timestamptz not null,
  purged_to   timestamptz
);

-- members in the files of a feed that no column reads
create table ingest_drift (
  feed          text collate "C" not null,
  path          text collate "C" not null,
  type          text collate "C" not null,
  records       bigint not null,
  first_file_id bigint not null,
  last_file_id  bigint not null,
  first_seen    timestamptz not null,
  last_seen     timestamptz not null,
  primary key (feed, path)
);

-- the tasks that run after loads: the declaration in force, and the state of each
create table ingest_tasks (
  task          text collate "C" primary key,
  kind          text collate "C" not null check (kind in ('sql', 'program')),
  declaration   text collate "C" not null,
  after         text collate "C" not null,
  after_failure text collate "C" not null,
  touched       text collate "C" not null,
  origin        text collate "C" not null,
  declared_by   text collate "C" not null,
  declared_at   timestamptz not null,
  failures      bigint not null default 0,
  retry_at      timestamptz,
  started_at    timestamptz,
  finished_at   timestamptz,
  run_id        bigint,
  lease_until   timestamptz
);

-- of which feeds the loads cause changes of a task; the feed ingest_log stands for all arrivals
create table ingest_task_feeds (
  feed text collate "C" not null,
  task text collate "C" not null,
  primary key (feed, task)
);

-- what a task has not used yet: a loaded file, all rows (file_id 0), the end of the run of another task, or
-- only keys in ingest_touched_<task> (neither id).
-- No unique key, so that no load waits for another one.
create table ingest_changes (
  task    text collate "C" not null,
  file_id bigint,
  attempt bigint,
  run_id  bigint
);
create index ingest_changes_task on ingest_changes (task);

-- each run of a task, from its start
create table ingest_task_runs (
  run_id        bigserial primary key,
  parent_run_id bigint,
  task          text collate "C" not null,
  cause         text collate "C" not null,
  parameters    text collate "C",
  state         text collate "C" not null check (state in ('running', 'succeeded', 'failed', 'lost')),
  started_at    timestamptz not null,
  finished_at   timestamptz,
  changes       bigint,
  touched       bigint,
  result        text collate "C",
  error         text collate "C",
  log           text collate "C",
  instance      text collate "C"
);
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
       (select substr(f.types, 1, position(': ' in f.types) - 1) from ingest_feeds f where f.feed = l.feed) as table_name,
       l.size_bytes as file_size,
       l.records as row_parsed,
       l.rows_loaded as row_count,
       l.rows_rejected as error_count,
       null::text as first_error_message,
       null::bigint as first_error_line_number,
       null::bigint as first_error_character_pos,
       null::text as first_error_column_name
from ingest_log l
where l.status = 'loaded'
union all
select l.file_id, l.file_name, l.archive_path, l.started_at, l.finished_at, 'Partially loaded', l.feed,
       (select substr(f.types, 1, position(': ' in f.types) - 1) from ingest_feeds f where f.feed = l.feed),
       l.size_bytes, l.records, l.rows_loaded, l.rows_rejected, r.reason, r.fault_line, r.fault_column, r.field
from ingest_log l
left join lateral (
  select reason, fault_line, fault_column, nullif(field, '') as field
  from ingest_rejects
  where file_id = l.file_id
  order by record_no, raw is null, ingest_rejects.field
  limit 1
) r on true
where l.status = 'partial'
union all
select l.file_id, l.file_name, l.archive_path, l.started_at, l.finished_at, 'Load failed', l.feed,
       (select substr(f.types, 1, position(': ' in f.types) - 1) from ingest_feeds f where f.feed = l.feed),
       l.size_bytes, l.records, 0, l.rows_rejected, l.error, l.error_line, l.error_column, null
from ingest_log l
where l.status = 'failed'
union all
select l.file_id, l.file_name, l.archive_path, l.started_at, l.finished_at, 'Load in progress', l.feed,
       (select substr(f.types, 1, position(': ' in f.types) - 1) from ingest_feeds f where f.feed = l.feed),
       l.size_bytes, null, null, null, null, null, null, null
from ingest_log l
where l.status = 'loading'
union all
select l.file_id, l.file_name, l.archive_path, l.started_at, l.finished_at, 'Load skipped', l.feed,
       (select substr(f.types, 1, position(': ' in f.types) - 1) from ingest_feeds f where f.feed = l.feed),
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
    select l.feed, f.code, f.field, cast(sum(f.rejects) as bigint) as rejects, count(*) as files,
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
