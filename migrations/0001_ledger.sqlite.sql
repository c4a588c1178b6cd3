-- The ledger: what became of each arrival, the records that were no rows, and whose rows a file's duplicates are.

create table ingest_log (
  file_id        integer primary key autoincrement,  -- ids never come back
  claim          text,
  file_name      text not null,
  feed           text,
  sha256         text,
  size_bytes     integer,
  modified_at    text,
  status         text not null
                 check (status in ('loading', 'loaded', 'partial', 'failed', 'duplicate', 'unrouted')),
  attempt        integer not null default 1,
  records        integer,
  rows_loaded    integer,
  rows_duplicate integer,
  rows_rejected  integer,
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
  instance       text
) strict;

-- these two, and no look-up, make a content loaded once
create unique index ingest_log_arrival on ingest_log (claim, file_name);
create unique index ingest_log_content on ingest_log (feed, sha256) where status in ('loaded', 'partial');
-- a large file of the same size as a loaded one is hashed before it is parsed
create index ingest_log_large on ingest_log (feed, size_bytes) where size_bytes >= 4194304 and status in ('loaded', 'partial');
create index ingest_log_status on ingest_log (status);
create index ingest_log_started_at on ingest_log (started_at);
create index ingest_log_file_name on ingest_log (file_name);

create table ingest_rejects (
  file_id     integer not null,
  record_no   integer not null,
  byte_offset integer,
  field       text not null,
  reason      text not null,
  raw         text,
  primary key (file_id, record_no, field)
) strict, without rowid;

create table ingest_overlap (
  file_id        integer not null,
  holder_file_id integer not null,
  rows           integer not null,
  primary key (file_id, holder_file_id)
) strict, without rowid;
create index ingest_overlap_holder on ingest_overlap (holder_file_id);
