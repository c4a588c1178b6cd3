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

CREATE TABLE longshore_migrations (
  version integer primary key,
  name text not null,
  checksum text not null,
  applied_at text not null
) strict

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
