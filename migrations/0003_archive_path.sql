-- Whose copy lies at a place of the archive: asked by retry before it moves a file, and by verify for each file that it finds.
create index ingest_log_archive_path on ingest_log (archive_path);
