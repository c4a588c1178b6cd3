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

table ingest_changes
  task text collate "C" not null
  file_id bigint
  attempt bigint
  run_id bigint
  CREATE INDEX ingest_changes_task ON public.ingest_changes USING btree (task)

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

table ingest_task_feeds
  feed text collate "C" not null
  task text collate "C" not null
  PRIMARY KEY (feed, task)

table ingest_task_runs
  run_id bigint not null default nextval('ingest_task_runs_run_id_seq'::regclass)
  parent_run_id bigint
  task text collate "C" not null
  cause text collate "C" not null
  parameters text collate "C"
  state text collate "C" not null
  started_at timestamp with time zone not null
  finished_at timestamp with time zone
  changes bigint
  touched bigint
  result text collate "C"
  error text collate "C"
  log text collate "C"
  instance text collate "C"
  PRIMARY KEY (run_id)
  CHECK ((state = ANY (ARRAY['running'::text, 'succeeded'::text, 'failed'::text, 'lost'::text])))
  CREATE INDEX ingest_task_runs_task ON public.ingest_task_runs USING btree (task, run_id)

table ingest_tasks
  task text collate "C" not null
  kind text collate "C" not null
  declaration text collate "C" not null
  after text collate "C" not null
  after_failure text collate "C" not null
  touched text collate "C" not null
  origin text collate "C" not null
  declared_by text collate "C" not null
  declared_at timestamp with time zone not null
  failures bigint not null default 0
  retry_at timestamp with time zone
  started_at timestamp with time zone
  finished_at timestamp with time zone
  run_id bigint
  lease_until timestamp with time zone
  PRIMARY KEY (task)
  CHECK ((kind = ANY (ARRAY['sql'::text, 'program'::text])))

view load_history
  file_id bigint
  file_name text collate "C"
  stage_location text collate "C"
  started_at timestamp with time zone
  last_load_time timestamp with time zone
  status text
  feed text collate "C"
  table_name text collate "C"
  file_size bigint
  row_parsed bigint
  row_count bigint
  error_count bigint
  first_error_message text collate "C"
  first_error_line_number bigint
  first_error_character_pos bigint
  first_error_column_name text collate "C"
  as SELECT l.file_id, l.file_name, l.archive_path AS stage_location, l.started_at, l.finished_at AS last_load_time, 'Loaded'::text AS status, l.feed, ( SELECT substr(f.types, 1, (POSITION((': '::text) IN (f.types)) - 1)) AS substr FROM ingest_feeds f WHERE (f.feed = l.feed)) AS table_name, l.size_bytes AS file_size, l.records AS row_parsed, l.rows_loaded AS row_count, l.rows_rejected AS error_count, NULL::text AS first_error_message, NULL::bigint AS first_error_line_number, NULL::bigint AS first_error_character_pos, NULL::text AS first_error_column_name FROM ingest_log l WHERE (l.status = 'loaded'::text) UNION ALL SELECT l.file_id, l.file_name, l.archive_path AS stage_location, l.started_at, l.finished_at AS last_load_time, 'Partially loaded'::text AS status, l.feed, ( SELECT substr(f.types, 1, (POSITION((': '::text) IN (f.types)) - 1)) AS substr FROM ingest_feeds f WHERE (f.feed = l.feed)) AS table_name, l.size_bytes AS file_size, l.records AS row_parsed, l.rows_loaded AS row_count, l.rows_rejected AS error_count, r.reason AS first_error_message, r.fault_line AS first_error_line_number, r.fault_column AS first_error_character_pos, r.field AS first_error_column_name FROM (ingest_log l LEFT JOIN LATERAL ( SELECT ingest_rejects.reason, ingest_rejects.fault_line, ingest_rejects.fault_column, NULLIF(ingest_rejects.field, ''::text) AS field FROM ingest_rejects WHERE (ingest_rejects.file_id = l.file_id) ORDER BY ingest_rejects.record_no, (ingest_rejects.raw IS NULL), ingest_rejects.field LIMIT 1) r ON (true)) WHERE (l.status = 'partial'::text) UNION ALL SELECT l.file_id, l.file_name, l.archive_path AS stage_location, l.started_at, l.finished_at AS last_load_time, 'Load failed'::text AS status, l.feed, ( SELECT substr(f.types, 1, (POSITION((': '::text) IN (f.types)) - 1)) AS substr FROM ingest_feeds f WHERE (f.feed = l.feed)) AS table_name, l.size_bytes AS file_size, l.records AS row_parsed, 0 AS row_count, l.rows_rejected AS error_count, l.error AS first_error_message, l.error_line AS first_error_line_number, l.error_column AS first_error_character_pos, NULL::text AS first_error_column_name FROM ingest_log l WHERE (l.status = 'failed'::text) UNION ALL SELECT l.file_id, l.file_name, l.archive_path AS stage_location, l.started_at, l.finished_at AS last_load_time, 'Load in progress'::text AS status, l.feed, ( SELECT substr(f.types, 1, (POSITION((': '::text) IN (f.types)) - 1)) AS substr FROM ingest_feeds f WHERE (f.feed = l.feed)) AS table_name, l.size_bytes AS file_size, NULL::bigint AS row_parsed, NULL::bigint AS row_count, NULL::bigint AS error_count, NULL::text AS first_error_message, NULL::bigint AS first_error_line_number, NULL::bigint AS first_error_character_pos, NULL::text AS first_error_column_name FROM ingest_log l WHERE (l.status = 'loading'::text) UNION ALL SELECT l.file_id, l.file_name, l.archive_path AS stage_location, l.started_at, l.finished_at AS last_load_time, 'Load skipped'::text AS status, l.feed, ( SELECT substr(f.types, 1, (POSITION((': '::text) IN (f.types)) - 1)) AS substr FROM ingest_feeds f WHERE (f.feed = l.feed)) AS table_name, l.size_bytes AS file_size, l.records AS row_parsed, 0 AS row_count, l.rows_rejected AS error_count, l.error AS first_error_message, l.error_line AS first_error_line_number, l.error_column AS first_error_character_pos, NULL::text AS first_error_column_name FROM ingest_log l WHERE (l.status = ANY (ARRAY['duplicate'::text, 'unrouted'::text]));

table longshore_migrations
  version bigint not null
  name text collate "C" not null
  checksum text collate "C" not null
  applied_at timestamp with time zone not null
  PRIMARY KEY (version)

view reject_summary
  feed text collate "C"
  code text collate "C"
  field text collate "C"
  rejects bigint
  files bigint
  example_reason text collate "C"
  example_value text collate "C"
  example_record text collate "C"
  example_file_id bigint
  example_file_name text collate "C"
  example_time timestamp with time zone
  as SELECT s.feed, s.code, s.field, s.rejects, s.files, e.reason AS example_reason, e.value AS example_value, ( SELECT r.raw FROM ingest_rejects r WHERE ((r.file_id = e.file_id) AND (r.record_no = e.record_no) AND (r.raw IS NOT NULL)) LIMIT 1) AS example_record, l.file_id AS example_file_id, l.file_name AS example_file_name, l.finished_at AS example_time FROM ((( SELECT c.feed, c.code, c.field, c.rejects, c.files, c.newest_file_id, ( SELECT max(r.record_no) AS max FROM ingest_rejects r WHERE ((r.file_id = c.newest_file_id) AND (r.code = c.code) AND (r.field = c.field))) AS newest_record_no FROM ( SELECT l_1.feed, f.code, f.field, (sum(f.rejects))::bigint AS rejects, count(*) AS files, max(f.file_id) AS newest_file_id FROM (( SELECT ingest_rejects.file_id, ingest_rejects.code, ingest_rejects.field, count(*) AS rejects FROM ingest_rejects GROUP BY ingest_rejects.file_id, ingest_rejects.code, ingest_rejects.field) f JOIN ingest_log l_1 ON ((l_1.file_id = f.file_id))) GROUP BY l_1.feed, f.code, f.field) c) s JOIN ingest_rejects e ON (((e.file_id = s.newest_file_id) AND (e.record_no = s.newest_record_no) AND (e.field = s.field)))) JOIN ingest_log l ON ((l.file_id = s.newest_file_id)));

view vehicle_overview
  vehicle_id text collate "C"
  status text collate "C"
  status_since timestamp with time zone
  report_time timestamp with time zone
  detection_time timestamp with time zone
  last_seen timestamp with time zone
  as SELECT v.vehicle_id, v.status, v.status_since, v.report_time, v.detection_time, CASE WHEN (v.detection_time > v.report_time) THEN v.detection_time ELSE v.report_time END AS last_seen FROM ( SELECT s.vehicle_id, s.status, COALESCE(( SELECT min(h.report_time) AS min FROM vehicle_status_history h WHERE ((h.vehicle_id = s.vehicle_id) AND (h.status = s.status) AND (h.report_time <= s.report_time) AND (h.report_time >= COALESCE(( SELECT max(o.report_time) AS max FROM vehicle_status_history o WHERE ((o.vehicle_id = s.vehicle_id) AND (o.status <> s.status) AND (o.report_time <= s.report_time))), '0001-01-01 00:00:00+00'::timestamp with time zone)))), s.report_time) AS status_since, s.report_time, ( SELECT max(d.detection_time) AS max FROM detection_days d WHERE (d.vehicle_id = s.vehicle_id)) AS detection_time FROM vehicle_status s) v;

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
