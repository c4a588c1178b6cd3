-- The ledger: what became of each arrival, the records that were no rows, and whose rows a file's duplicates are.

create table ingest_log (
  file_id        bigserial primary key,
  claim          text collate "C",
  file_name      text collate "C" not null,
  feed           text collate "C",
  sha256         text collate "C",
  size_bytes     bigint,
  modified_at    timestamptz,
  status         text collate "C" not null
                 check (status in ('loading', 'loaded', 'partial', 'failed', 'duplicate', 'unrouted')),
  attempt        bigint not null default 1,
  records        bigint,
  rows_loaded    bigint,
  rows_duplicate bigint,
  rows_rejected  bigint,
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
  instance       text collate "C"
);

-- these two, and no look-up, make a content loaded once
create unique index ingest_log_arrival on ingest_log (claim, file_name);
create unique index ingest_log_content on ingest_log (feed, sha256) where status in ('loaded', 'partial');
-- a large file of the same size as a loaded one is hashed before it is parsed
create index ingest_log_large on ingest_log (feed, size_bytes) where size_bytes >= 4194304 and status in ('loaded', 'partial');
create index ingest_log_status on ingest_log (status);
create index ingest_log_started_at on ingest_log (started_at);
create index ingest_log_file_name on ingest_log (file_name);

create table ingest_rejects (
  file_id     bigint not null,
  record_no   bigint not null,
  byte_offset bigint,
  field       text collate "C" not null,
  reason      text collate "C" not null,
  raw         text collate "C",
  primary key (file_id, record_no, field)
);

create table ingest_overlap (
  file_id        bigint not null,
  holder_file_id bigint not null,
  rows           bigint not null,
  primary key (file_id, holder_file_id)
);
create index ingest_overlap_holder on ingest_overlap (holder_file_id);
