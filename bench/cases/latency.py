"""Time from rename() to the visible ledger row. The rival is a bare INSERT and COMMIT at the same pace."""

from lab.table import at_most
from lab.watcher import milliseconds, rename_in

EVERY_MS, FILES = 50, 500
BUSY_A_SECOND, BUSY_FILES = 2000, 20_000
SERVED = ("p50", "p90", "p99", "max")


def run(lab, table):
    quiet(lab, table, lab.data.small_files(lab.scale(FILES, 10)))
    busy(lab, table, lab.data.small_files(lab.scale(BUSY_FILES)))


def quiet(lab, table, source):
    pace = 1000 * EVERY_MS
    results = lab.interleaved(longshore=lambda: watch(lab, source, pace, 100),
                              bare=lambda: insert(lab, len(source.files), pace))
    what = f"{len(source.files)} files, one every {EVERY_MS} ms"
    table.row(f"{what}, p50", milliseconds(results["longshore"], "p50"), wanted=at_most(1, "1 ms"))
    for name in SERVED:
        table.row(f"{what}, {name}", milliseconds(results["longshore"], name), "INSERT, COMMIT", milliseconds(results["bare"], name))


def busy(lab, table, source):
    results = lab.interleaved(longshore=lambda: watch(lab, source, 1_000_000 // BUSY_A_SECOND, 1000))["longshore"]
    for name in SERVED:
        table.row(f"{len(source.files):,} files, {BUSY_A_SECOND:,} a second, {name}", milliseconds(results, name),
                  wanted=at_most(50, "50 ms") if name == "p99" else None)


def watch(lab, source, every_us, poll_us):
    with lab.postgres.migrated() as database, lab.daemon(database) as daemon:
        return rename_in(lab, daemon, database, source, every_us, poll_us)


def insert(lab, count, every_us):
    with lab.postgres.migrated() as database:
        return lab.rivals.run("bare_insert", "--database", database.url, "--count", str(count), "--every-us", str(every_us))
