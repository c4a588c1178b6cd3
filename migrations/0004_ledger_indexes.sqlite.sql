-- A ledger that takes thousands of rows a second pays for each index with each of them.

-- still what makes an arrival settled once, and now the way to a file by its name
drop index ingest_log_arrival;
drop index ingest_log_file_name;
create unique index ingest_log_arrival on ingest_log (file_name, claim);
