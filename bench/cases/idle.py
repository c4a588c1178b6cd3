"""An idle daemon that has loaded one file."""

import time

from lab.table import Figure, at_most

SECONDS = 60
QUIET = 3  # seconds until all work of the load is done, including its settle time


def run(lab, table):
    seconds = 1 if lab.scale.is_tiny else SECONDS
    with lab.postgres.migrated() as database:
        watch(lab, table, "PostgreSQL", database, seconds)
    with lab.sqlite() as database:
        watch(lab, table, "SQLite", database, seconds)


def watch(lab, table, name, database, seconds):
    source = lab.data.detections(100)
    with lab.daemon(database) as daemon:
        daemon.drop(source.files[0])
        daemon.wait_until(lambda: lab.longshore.counts(database)["rows"] == source.rows, "the file is loaded", 60)
        time.sleep(0.1 if lab.scale.is_tiny else QUIET)
        before = spent(daemon)
        time.sleep(seconds)
        after = spent(daemon)
    table.row(f"{name}: CPU in {seconds} s", Figure((after[0] - before[0]) / 1e6, "ms"), wanted=at_most(5, "5 ms"))
    table.row(f"{name}: wakes in {seconds} s", Figure(after[1] - before[1], ""), wanted=at_most(6))


def spent(daemon):
    """CPU time in nanoseconds, and voluntary context switches, of all threads."""
    running = sum(int(text.split()[0]) for text in daemon.tasks("schedstat"))
    switches = sum(int(line.split()[1]) for text in daemon.tasks("status") for line in text.splitlines()
                   if line.startswith("voluntary_ctxt_switches"))
    return running, switches
