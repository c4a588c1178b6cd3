"""Export of a table as CSV. The rivals are psql's \\copy (select …) to, and sqlite3 -csv."""

import os

from cases.csv import COLUMNS, make
from lab.longshore import check
from lab.table import Figure, at_least, at_most, of, rate

TRIPS = 2_000_000


def run(lab, table):
    trips = lab.scale(TRIPS)
    feeds, source = make(lab, trips)
    table.note(f"{trips:,} trips, {source.bytes / 1e6:.0f} MB as CSV, columns of text, times and numbers; the rival's times are not UTC text in RFC 3339 on PostgreSQL")
    with lab.postgres.migrated() as database:
        lab.longshore.load(database, source, "--feeds", feeds)
        results = lab.interleaved(longshore=lambda: export(lab, database, feeds, trips, "trips.csv"),
                                  psql=lambda: copy(lab, database, trips),
                                  ndjson=lambda: export(lab, database, feeds, trips, "trips.ndjson"),
                                  zstd=lambda: export(lab, database, feeds, trips, "trips.csv.zst"))
        table.row("PostgreSQL, CSV", rate(trips, results["longshore"], wall), "psql \\copy (select …) to", rate(trips, results["psql"], wall), at_least(0.9))
        table.row("PostgreSQL, NDJSON", rate(trips, results["ndjson"], wall), "psql \\copy (select …) to", rate(trips, results["psql"], wall))
        table.row("PostgreSQL, CSV as .zst", rate(trips, results["zstd"], wall), "psql \\copy (select …) to", rate(trips, results["psql"], wall))
        table.row("peak memory", Figure(of(results["longshore"], peak), "MiB"), wanted=at_most(32))
    with lab.sqlite() as database:
        lab.longshore.load(database, source, "--feeds", feeds)
        results = lab.interleaved(longshore=lambda: export(lab, database, feeds, trips, "trips.csv"), sqlite3=lambda: shell(lab, database, trips))
        table.row("SQLite, CSV", rate(trips, results["longshore"], wall), "sqlite3 -csv", rate(trips, results["sqlite3"], wall), at_least(1))


def wall(usage):
    return usage.wall


def peak(usage):
    return usage.peak / (1 << 20)


def export(lab, database, feeds, trips, name):
    path = lab.path(name)
    usage = lab.longshore.run("export", "--feed", "trips", "--feeds", feeds, "--database", database.url, "--output", path)
    if not path.endswith(".zst"):
        check(name, lines(path), trips + (1 if path.endswith(".csv") else 0))
    os.unlink(path)
    return usage


def copy(lab, database, trips):
    path = lab.path("psql.csv")
    words = [lab.postgres.program("psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database.url, "-c",
             f"\\copy (select {COLUMNS}, file_id from trips) to '{path}' csv header"]
    usage = lab.run(words)
    check("psql", lines(path), trips + 1)
    os.unlink(path)
    return usage


def shell(lab, database, trips):
    path = lab.path("sqlite3.csv")
    usage = lab.run(["sqlite3", "-bail", "-csv", "-header", database.path, f".once {path}", f"select {COLUMNS}, file_id from trips"])
    check("sqlite3", lines(path), trips + 1)
    os.unlink(path)
    return usage


def lines(path):
    with open(path, "rb") as file:
        return sum(part.count(b"\n") for part in iter(lambda: file.read(1 << 20), b""))
