-- A ledger that takes thousands of rows a second pays for each index with each of them; these are what its questions need.

-- still what makes an arrival settled once, and now the way to a file by its name
drop index ingest_log_arrival;
drop index ingest_log_file_name;
create unique index ingest_log_arrival on ingest_log (file_name, claim);

-- nobody asks for the rows of the common outcomes by their status: they are most of the table
drop index ingest_log_status;
create index ingest_log_status on ingest_log (status) where status not in ('loaded', 'duplicate');

-- rows come in the order of their time
drop index ingest_log_started_at;
create index ingest_log_started_at on ingest_log using brin (started_at) with (autosummarize = on);
