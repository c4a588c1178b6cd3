"""One large CSV file into PostgreSQL. The rival is psql's \\copy of the same file into the same table."""

import os
import random
import time

from lab.data import Input
from lab.longshore import check, whole_process
from lab.rival import its_clock
from lab.table import Figure, at_least, of, rate

TRIPS = 2_000_000
FEED = """
name = "trips"
files = ["trips_*.csv"]
format = "csv"
table = "trips"
key = ["trip_id", "pickup_time"]
columns = [
  { name = "trip_id",      from = "/trip_id",      type = "bigint" },
  { name = "taxi_id",      from = "/taxi_id",      type = "text" },
  { name = "pickup_time",  from = "/pickup_time",  type = "timestamp" },
  { name = "dropoff_time", from = "/dropoff_time", type = "timestamp", required = false },
  { name = "passengers",   from = "/passengers",   type = "integer" },
  { name = "distance",     from = "/distance",     type = "double" },
  { name = "fare",         from = "/fare",         type = "double" },
  { name = "company",      from = "/company",      type = "text", required = false },
]
"""
COLUMNS = "trip_id, taxi_id, pickup_time, dropoff_time, passengers, distance, fare, company"


def run(lab, table):
    trips = lab.scale(TRIPS)
    feeds, source = make(lab, trips)
    table.note(f"{trips:,} trips, {source.bytes / 1e6:.0f} MB")
    results = lab.interleaved(longshore=lambda: load(lab, source, feeds), psql=lambda: copy(lab, source, feeds),
                              decode=lambda: lab.rivals.run("decode_file", "--feeds", feeds, *source.files))
    table.row("trips, process start to exit", rate(trips, results["longshore"], whole_process), "psql \\copy into the same table",
              rate(trips, results["psql"], wall), at_least(0.8))
    table.row("decoding alone, from memory", Figure(source.bytes / 1e6 / of(results["decode"], its_clock), "MB/s"), wanted=at_least(150))


def wall(seconds):
    return seconds


def make(lab, trips):
    """The directory with the feed, and one file with a header."""
    directory = lab.path("data/csv")
    feeds = os.path.join(directory, "feeds")
    os.makedirs(feeds)
    with open(os.path.join(feeds, "trips.toml"), "w", encoding="utf-8") as file:
        file.write(FEED)
    chance = random.Random(7)
    path = os.path.join(directory, "trips_1.csv")
    with open(path, "w", encoding="utf-8") as file:
        file.write(COLUMNS.replace(" ", "") + "\n")
        for trip in range(trips):
            file.write(line(trip, chance))
    an_hour_ago = time.time() - 3600
    os.utime(path, (an_hour_ago, an_hour_ago))
    os.sync()
    return feeds, Input([path], os.path.getsize(path), trips, trips, 0, 0, 0, 0)


def line(trip, chance):
    minute = trip % 1440
    pickup = f"2026-01-{trip // 1440 % 28 + 1:02}T{minute // 60:02}:{minute % 60:02}:{chance.randrange(60):02}Z"
    company = ["Blue Cabs", '"Flash, Inc."', "", "Sun Taxi"][chance.randrange(4)]
    return (f"{trip},{chance.getrandbits(64):016x},{pickup},{pickup if chance.randrange(10) else ''},{chance.randrange(1, 6)},"
            f"{chance.randrange(3000) / 100},{chance.randrange(300, 9000) / 100},{company}\n")


def migrated(lab, feeds):
    database = lab.postgres.empty()
    lab.longshore.run("migrate", "--database", database.url, "--feeds", feeds)
    lab.postgres.admin("checkpoint")
    return database


def load(lab, source, feeds):
    with migrated(lab, feeds) as database:
        result = lab.longshore.load(database, source, "--feeds", feeds)
        check_trips(database, source)
        return result


def copy(lab, source, feeds):
    """psql cannot compute record_hash and file_id, so they get a default value."""
    with migrated(lab, feeds) as database:
        database.psql("-c", "alter table trips alter record_hash set default 0, alter file_id set default 0")
        begin = time.monotonic()
        database.psql("-c", f"\\copy trips ({COLUMNS}) from '{source.files[0]}' with (format csv, header)")
        seconds = time.monotonic() - begin
        check_trips(database, source)
        return seconds


def check_trips(database, source):
    check("trips", int(database.query("select count(*) from trips")[0][0]), source.rows)
