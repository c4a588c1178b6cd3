"""Disk space per detection, and the time of two queries. The rival's table has one row per detection."""

import os
import random
import re

from lab.longshore import check_detections
from lab.peers import make_naive
from lab.table import Figure, at_most, of

STORED = 5_000_000
ASKED = 20_000_000
VEHICLES = 10_000
DAYS = 30
TIMES = 20  # repetitions of a query, each with another vehicle and day

NAIVE = """
insert into naive_detections (vehicle_id, detection_time, object_type, object_value)
select vehicle_id, detection_time, object_type, object_value from detections order by detection_time, vehicle_id, ordinal
"""
A_VEHICLES_DAY = """
select detection_time, object_type, object_value from {table}
where vehicle_id = '{vehicle}' and detection_time >= '{day}Z' and detection_time < timestamptz '{day}Z' + interval '1 day'
order by detection_time
"""
A_FLEETS_DAY = """
select date_trunc('hour', detection_time) as hour, object_type, count(*), sum(object_value) from {table}
where detection_time >= '{day}Z' and detection_time < timestamptz '{day}Z' + interval '1 day'
group by 1, 2 order by 1, 2
"""


def run(lab, table):
    size(lab, table, lab.data.detections(lab.scale(STORED), vehicles=VEHICLES, days=DAYS))
    questions(lab, table, lab.data.detections(lab.scale(ASKED), vehicles=VEHICLES, days=DAYS))


def loaded(lab, source):
    database = lab.postgres.migrated()
    lab.longshore.load(database, source)
    check_detections(database, source)
    return database


def size(lab, table, source):
    table.note(f"stored: {source}")
    with loaded(lab, source) as database:
        make_naive(database)
        database.query(NAIVE)
        ours, naive = (Figure(int(database.query(f"select pg_total_relation_size('{name}')")[0][0]) / source.detections, "B")
                       for name in ("detection_events", "naive_detections"))
    table.row("per detection, table and indexes", ours, "one row per detection, two indexes", naive, at_most(0.45))


def questions(lab, table, source):
    table.note(f"queried: {source}; each query runs {TIMES} times, with different vehicles and days")
    with loaded(lab, source) as database:
        database.psql("-c", "vacuum analyze detection_events")
        vehicles = [row[0] for row in database.query("select distinct vehicle_id from detection_events order by 1 limit 1000")]
        a_vehicle, a_fleet = ask(lab, database, A_VEHICLES_DAY, vehicles), ask(lab, database, A_FLEETS_DAY, vehicles)
    table.row("one vehicle's day", Figure(a_vehicle, "ms"), wanted=at_most(1, "1 ms"))
    table.row("the fleet's day by hour and type", Figure(a_fleet, "ms"), wanted=at_most(400, "400 ms"))


def ask(lab, database, question, vehicles):
    """Median time in milliseconds until psql has the answer. One session; the first answer does not count."""
    chance = random.Random(1)
    script = lab.path("questions.sql")
    with open(script, "w", encoding="utf-8") as file:
        file.write("\\timing on\n\\o /dev/null\n")
        for _ in range(TIMES + 1):
            words = {"table": "detections", "vehicle": chance.choice(vehicles), "day": f"2022-06-{chance.randint(2, DAYS - 1):02}"}
            file.write(question.format(**words).strip() + ";\n")
    times = [float(found) for found in re.findall(r"^Time: ([0-9.]+) ms", database.psql("-f", script), re.MULTILINE)]
    os.unlink(script)
    return of(times[1:], float)
