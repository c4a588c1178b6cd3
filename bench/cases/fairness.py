"""A small file every 50 ms while a large one is loaded: time from rename() to the visible ledger row."""

from lab.longshore import check
from lab.table import at_most
from lab.watcher import milliseconds, rename_in

LARGE_BYTES = 5_000_000_000
LEAST_BYTES = 20_000_000  # a smaller file is loaded before the first small file is dropped
FILES, EVERY_MS = 600, 50


def run(lab, table):
    size = lab.scale(LARGE_BYTES, LEAST_BYTES)
    large = lab.data.of_size(size, start="2022-08-01T00:00:00Z")
    small = lab.data.small_files(lab.scale(FILES, 5))
    table.note(f"{len(small.files)} small files beside {large}; with two loaders")
    results = lab.interleaved(longshore=lambda: beside(lab, table, large, small))["longshore"]
    for name in ("p50", "p90", "p99", "max"):
        table.row(f"small files, {name}", milliseconds(results, name), wanted=at_most(100, "100 ms") if name == "p99" else None)


def beside(lab, table, large, small):
    with lab.postgres.migrated() as database, lab.daemon(database, "--loaders", "2") as daemon:
        daemon.drop(large.files[0])
        daemon.wait_until(lambda: database.query("select 1 from ingest_log where status = 'loading'"), "the large file is being loaded", 60)
        found = rename_in(lab, daemon, database, small, 1000 * EVERY_MS, 100)
        if not database.query("select 1 from ingest_log where status = 'loading'"):
            table.note("the large file was loaded before the last small one was dropped")
        rows = large.rows + small.rows
        daemon.wait_until(lambda: lab.longshore.counts(database)["rows"] >= rows, "the large file is loaded")
        check("rows", lab.longshore.counts(database)["rows"], rows)
        return found
