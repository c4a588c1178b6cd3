"""Many files of 1 to 5 events in the landing directory. The rivals use one transaction per file: longshore and a hand-written loop."""

import contextlib
import os

from lab.data import Input
from lab.longshore import check_detections
from lab.postgres import Postgres
from lab.rival import its_clock
from lab.table import Figure, at_least, of
from lab.watcher import rename_in

FILES, MANY_FILES = 20_000, 100_000
FILES_ON_SLOW_DISK = 2_000  # for the rivals, which need 10 s for them
NOTHING = Input([], *[0] * 7)


def run(lab, table):
    table.note("longshore's time is that of `run --once` minus that of the same command on an empty landing directory")
    source, many = lab.data.small_files(lab.scale(FILES)), lab.data.small_files(lab.scale(MANY_FILES))
    rates = of_each(source, lab.interleaved(
        longshore=lambda: load(lab, lab.postgres, source),
        alone=lambda: load(lab, lab.postgres, source, "--batch-files", "1"),
        by_hand=lambda: by_hand(lab, lab.postgres, source),
        sqlite=lambda: load_sqlite(lab, source),
        burst=lambda: burst(lab, source)))
    what = f"{len(source.files):,} files"
    table.row(what, rates["longshore"], wanted=at_least(15_000))
    table.row(what, rates["longshore"], "longshore --batch-files 1", rates["alone"], at_least(2))
    table.row(what, rates["longshore"], "a hand-written loop, one transaction per file", rates["by_hand"], at_least(2))
    table.row(f"{what}, renamed into an idle daemon's landing", rates["burst"])
    table.row(f"{what}, SQLite", rates["sqlite"])
    at_once(lab, table, source, many)
    slow(lab, table, source)


def at_once(lab, table, few, many):
    seconds = lab.interleaved(few=lambda: load(lab, lab.postgres, few), many=lambda: load(lab, lab.postgres, many))
    table.row(f"{len(many.files):,} files", of_each(many, seconds)["many"], f"{len(few.files):,} files, alternating",
              of_each(few, seconds)["few"], at_least(0.9))


def slow(lab, table, source):
    few = lab.data.small_files(lab.scale(FILES_ON_SLOW_DISK))
    with slow_disk(lab) as server:
        longshore = of_each(source, lab.interleaved(longshore=lambda: load(lab, server, source)))["longshore"]
        rates = of_each(few, lab.interleaved(alone=lambda: load(lab, server, few, "--batch-files", "1"),
                                             by_hand=lambda: by_hand(lab, server, few)))
    what = f"{len(source.files):,} files, fsync 5 ms slower"
    table.row(what, longshore, f"--batch-files 1 ({len(few.files):,} files)", rates["alone"], at_least(50))
    table.row(what, longshore, f"the hand-written loop ({len(few.files):,} files)", rates["by_hand"], at_least(50))


@contextlib.contextmanager
def slow_disk(lab):
    """A server and programs with 5 ms added to each fsync."""
    os.environ["LD_PRELOAD"] = lab.rivals.path("slow_fsync.so")
    server = Postgres(lab.path("slow"), lab.longshore)
    try:
        server.start()
        yield server
    finally:
        del os.environ["LD_PRELOAD"]
        server.stop()


def of_each(source, results):
    """Converts the seconds of each result to files per second."""
    return {name: Figure(len(source.files) / of(seconds, float), "files/s") for name, seconds in results.items()}


def load(lab, server, source, *words):
    with server.migrated() as database:
        seconds = net_time(lab, database, source, *words)
        check_detections(database, source)
        return seconds


def load_sqlite(lab, source):
    with lab.sqlite() as database:
        return net_time(lab, database, source)


def net_time(lab, database, source, *words):
    """Seconds of the load without process start and end."""
    idle = lab.longshore.load(database, NOTHING, *words).usage.wall
    return lab.longshore.load(database, source, *words).usage.wall - idle


def burst(lab, source):
    with lab.postgres.migrated() as database, lab.daemon(database) as daemon:
        return its_clock(rename_in(lab, daemon, database, source, 0, 5000))


def by_hand(lab, server, source):
    with server.migrated() as database:
        landing = lab.longshore.landing(source.files)
        done = os.path.join(os.path.dirname(landing), "done")
        os.mkdir(done)
        result = lab.rivals.run("transaction_a_file", "--database", database.url, "--landing", landing, "--done", done)
        check_detections(database, source)
        return its_clock(result)
