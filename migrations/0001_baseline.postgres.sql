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
