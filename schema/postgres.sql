-- The tables of the ledger and of the built-in feeds, as the database's catalog lists them. For reading only: a test compares
-- this file with a new database, and LONGSHORE_RENEW_SNAPSHOTS=1 writes it again.

view detection_days
  vehicle_id text collate "C"
  day date
  detection_time timestamp with time zone
  file_id bigint
  as SELECT detection_events.vehicle_id, ((detection_events.detection_time AT TIME ZONE 'UTC'::text))::date AS day, detection_events.detection_time, detection_events.file_id FROM detection_events;

table detection_events
  vehicle_id text collate "C" not null
  detection_time timestamp with time zone not null
  record_hash bigint not null
  object_types text[] collate "C" not null
  object_values integer[] not null
  file_id bigint not null
  PRIMARY KEY (vehicle_id, detection_time, record_hash)
  CREATE INDEX detection_events_detection_time_idx ON public.detection_events USING brin (detection_time timestamptz_minmax_multi_ops) WITH (pages_per_range='256', autosummarize='on')
  CREATE INDEX detection_events_file_id_idx ON public.detection_events USING brin (file_id int8_minmax_multi_ops) WITH (pages_per_range='256', autosummarize='on')
  CREATE STATISTICS public.detection_events (ndistinct) ON date_trunc('hour'::text, detection_time), date_trunc('day'::text, detection_time) FROM detection_events

view detections
  vehicle_id text collate "C"
  detection_time timestamp with time zone
  object_type text collate "C"
  object_value integer
  ordinal bigint
  file_id bigint
  as SELECT e.vehicle_id, e.detection_time, d.object_type, d.object_value, d.ordinal, e.file_id FROM (detection_events e CROSS JOIN LATERAL UNNEST(e.object_types, e.object_values) WITH ORDINALITY d(object_type, object_value, ordinal));

table ingest_drift
  feed text collate "C" not null
  path text collate "C" not null
  type text collate "C" not null
  records bigint not null
  first_file_id bigint not null
  last_file_id bigint not null
  first_seen timestamp with time zone not null
  last_seen timestamp with time zone not null
  PRIMARY KEY (feed, path)

table ingest_feeds
  feed text collate "C" not null
  declaration text collate "C" not null
  types text collate "C" not null
  latest text collate "C" not null
  origin text collate "C" not null
  declared_by text collate "C" not null
  declared_at timestamp with time zone not null
  PRIMARY KEY (feed)

table ingest_horizons
  feed text collate "C" not null
  time_column text collate "C" not null
  horizon timestamp with time zone not null
  raised_at timestamp with time zone not null
  purged_to timestamp with time zone
  PRIMARY KEY (feed)

table ingest_log
  file_id bigint not null default nextval('ingest_log_file_id_seq'::regclass)
  claim text collate "C"
  claimed_at timestamp with time zone
  file_name text collate "C" not null
  feed text collate "C"
  sha256 text collate "C"
  name_values text collate "C" not null default ''::text
  size_bytes bigint
  grew_to bigint
  modified_at timestamp with time zone
  status text collate "C" not null
  attempt bigint not null default 1
  records bigint
  rows_loaded bigint
  rows_duplicate bigint
  rows_rejected bigint
  rows_purged bigint
  error text collate "C"
  error_offset bigint
  error_line bigint
  error_column bigint
  duplicate_of bigint
  first_time timestamp with time zone
  last_time timestamp with time zone
  started_at timestamp with time zone
  finished_at timestamp with time zone
  archive_path text collate "C"
  packed_bytes bigint
  purged_at timestamp with time zone
  instance text collate "C"
  PRIMARY KEY (file_id)
  CHECK ((status = ANY (ARRAY['loading'::text, 'loaded'::text, 'partial'::text, 'failed'::text, 'duplicate'::text, 'unrouted'::text])))
  CREATE INDEX ingest_log_archive_path ON public.ingest_log USING btree (archive_path)
  CREATE UNIQUE INDEX ingest_log_arrival ON public.ingest_log USING btree (file_name, claim)
  CREATE UNIQUE INDEX ingest_log_content ON public.ingest_log USING btree (feed, sha256, name_values) WHERE (status = ANY (ARRAY['loaded'::text, 'partial'::text]))
  CREATE INDEX ingest_log_large ON public.ingest_log USING btree (feed, size_bytes) WHERE ((size_bytes >= 4194304) AND (status = ANY (ARRAY['loaded'::text, 'partial'::text])))
  CREATE INDEX ingest_log_started_at ON public.ingest_log USING brin (started_at) WITH (autosummarize='on')
  CREATE INDEX ingest_log_status ON public.ingest_log USING btree (status) WHERE (status <> ALL (ARRAY['loaded'::text, 'duplicate'::text]))

table ingest_overlap
  file_id bigint not null
  holder_file_id bigint not null
  rows bigint not null
  PRIMARY KEY (file_id, holder_file_id)
  CREATE INDEX ingest_overlap_holder ON public.ingest_overlap USING btree (holder_file_id)

table ingest_rejects
  file_id bigint not null
  record_no bigint not null
  field text collate "C" not null
  code text collate "C" not null
  reason text collate "C" not null
  value text collate "C"
  byte_offset bigint
  fault_line bigint
  fault_column bigint
  raw text collate "C"
  PRIMARY KEY (file_id, record_no, field)

table longshore_migrations
  version bigint not null
  name text collate "C" not null
  checksum text collate "C" not null
  applied_at timestamp with time zone not null
  PRIMARY KEY (version)

table vehicle_status with (fillfactor=80)
  vehicle_id text collate "C" not null
  report_time timestamp with time zone not null
  status text collate "C" not null
  file_id bigint not null
  PRIMARY KEY (vehicle_id)
  CREATE INDEX vehicle_status_status ON public.vehicle_status USING btree (status)

table vehicle_status_history
  vehicle_id text collate "C" not null
  report_time timestamp with time zone not null
  record_hash bigint not null
  status text collate "C" not null
  file_id bigint not null
  PRIMARY KEY (vehicle_id, report_time, record_hash)
  CREATE INDEX vehicle_status_history_file_id_idx ON public.vehicle_status_history USING brin (file_id int8_minmax_multi_ops) WITH (pages_per_range='256', autosummarize='on')
  CREATE INDEX vehicle_status_history_report_time_idx ON public.vehicle_status_history USING brin (report_time timestamptz_minmax_multi_ops) WITH (pages_per_range='256', autosummarize='on')
  CREATE STATISTICS public.vehicle_status_history (ndistinct) ON date_trunc('hour'::text, report_time), date_trunc('day'::text, report_time) FROM vehicle_status_history
