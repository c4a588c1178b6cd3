"""One large file into SQLite. The rivals are a prepared insert of the same rows from memory, and the sqlite3 program."""

from lab.longshore import by_ledger, check, check_detections, whole_process
from lab.rival import its_clock
from lab.sqlite import Sqlite
from lab.table import at_least, rate

DETECTIONS = 5_000_000
OF_THE_PROGRAM = 1_000_000  # it reads the whole file into memory

# Same durability as longshore. json_each iterates over the events, and over the detections of each event.
DURABLE = "pragma journal_mode = wal; pragma synchronous = full;"
NAIVE = """
create table detections (id integer primary key, vehicle_id text not null, detection_time text not null, object_type text not null,
                         object_value integer not null);
create index by_vehicle on detections (vehicle_id, detection_time);
create index by_type on detections (object_type, detection_time);
insert into detections (vehicle_id, detection_time, object_type, object_value)
select event.value ->> 'vehicle_id', event.value ->> 'detection_time', detection.value ->> 'object_type', detection.value ->> 'object_value'
from json_each(readfile({file}), '$.objects_detection_events') event, json_each(event.value, '$.detections') detection;
"""
LIKE_OURS = """
create table events (vehicle_id text not null, detection_time text not null, object_types text not null, object_values text not null,
                     primary key (vehicle_id, detection_time)) strict, without rowid;
insert or ignore into events
select event.value ->> 'vehicle_id', event.value ->> 'detection_time',
       (select json_group_array(value ->> 'object_type') from json_each(event.value, '$.detections')),
       (select json_group_array(value ->> 'object_value') from json_each(event.value, '$.detections'))
from json_each(readfile({file}), '$.objects_detection_events') event;
"""


def run(lab, table):
    source = lab.data.detections(lab.scale(DETECTIONS))
    smaller = lab.data.detections(lab.scale(OF_THE_PROGRAM))
    table.note(f"{source}; for sqlite3 {smaller}")
    results = lab.interleaved(longshore=lambda: load(lab, source), insert=lambda: insert(lab, source), smaller=lambda: load(lab, smaller),
                              naive=lambda: program(lab, smaller, NAIVE, "select count(*) from detections", smaller.detections),
                              like_ours=lambda: program(lab, smaller, LIKE_OURS, "select sum(json_array_length(object_types)) from events",
                                                        smaller.detections))
    bare = rate(source.detections, results["insert"], its_clock)
    table.row("detections, process start to exit", rate(source.detections, results["longshore"], whole_process), "prepared insert", bare, at_least(0.8))
    table.row("detections, by the ledger", rate(source.detections, results["longshore"], by_ledger), "prepared insert", bare)
    ours = rate(smaller.detections, results["smaller"], whole_process)
    table.row("detections, process start to exit", ours, "sqlite3, json_each, a naive table", rate(smaller.detections, results["naive"], wall), at_least(5))
    table.row("detections, process start to exit", ours, "sqlite3, json_each, a table like longshore's",
              rate(smaller.detections, results["like_ours"], wall))


def wall(usage):
    return usage.wall


def load(lab, source):
    with lab.sqlite() as database:
        result = lab.longshore.load(database, source)
        check_detections(database, source)
        return result


def insert(lab, source):
    with lab.sqlite() as database:
        result = lab.rivals.run("insert_rows", "--database", database.path, *source.files)
        check_detections(database, source)
        return result


def program(lab, source, script, counting, count):
    with Sqlite(lab.path("sqlite.db")) as database:
        usage = lab.run(["sqlite3", "-bail", database.path, DURABLE + "begin;" + script.format(file=f"'{source.files[0]}'") + "commit;"])
        check("sqlite3", database.query(counting)[0][0], count)
        return usage
