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
