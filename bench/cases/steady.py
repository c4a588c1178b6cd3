"""A million detections added to a large table, and into partitions."""

from datetime import date, timedelta

from lab.longshore import check_detections, whole_process
from lab.rival import its_clock
from lab.table import at_least, rate

MILLION = 1_000_000
BEGIN = date(2022, 6, 1)
MILLION_DAYS = 3  # days that a million detections cover, so that later ones are new rows
IN_PARTITIONS = 5 * MILLION


def run(lab, table):
    onto_large_tables(lab, table)
    into_partitions(lab, table)


# ---- onto large tables


def onto_large_tables(lab, table):
    sizes = [10, 20, 100] if lab.scale.is_large else [10, 20]
    with lab.postgres.migrated() as database:
        there = 0  # millions
        for size in sizes:
            extend(lab, database, there, size)
            onto, empty = [], []
            first = max(size, there)
            for there in range(first, first + lab.times):
                source = millions(lab, there, 1)
                with lab.postgres.migrated() as other:
                    empty.append(lab.longshore.load(other, source))
                    check_detections(other, source)
                onto.append(lab.longshore.load(database, source))
                lab.data.clean()
            there = first + lab.times
            count = lab.scale(MILLION)
            table.row(f"{count / 1e6:g} M onto {size * count / 1e6:g} M", rate(count, onto, whole_process), "onto an empty table",
                      rate(count, empty, whole_process), at_least(0.75) if size == 10 else None)
    if not lab.scale.is_large:
        table.left_out("onto 100 M", "only with --scale large")


def extend(lab, database, there, size):
    """Loads files of at most ten million detections, so that the disk need not hold all input at once."""
    for begin in range(there, size, 10):
        lab.longshore.load(database, millions(lab, begin, min(10, size - begin)))
        lab.data.clean()


def millions(lab, there, more):
    """Input of `more` million detections that starts after the first `there` million."""
    start = BEGIN + timedelta(days=there * MILLION_DAYS)
    return lab.data.detections(lab.scale(more * MILLION), days=more * MILLION_DAYS, start=f"{start}T00:00:00Z")


# ---- into partitions

PARTITIONED = """
alter table detection_events rename to plain;
create table detection_events (like plain including all) partition by range (detection_time);
do $$
declare
  since timestamptz := date_trunc('{unit}', timestamptz '{begin}');
begin
  while since < timestamptz '{end}' loop
    execute format('create table %I partition of detection_events for values from (%L) to (%L)',
                   'detection_events_' || to_char(since, 'YYYYMMDD'), since, since + interval '1 {unit}');
    since := since + interval '1 {unit}';
  end loop;
end $$;
"""


def into_partitions(lab, table):
    source = lab.data.detections(lab.scale(IN_PARTITIONS), start=f"{BEGIN}T00:00:00Z", days=30)
    table.note(f"partitions: {source}, over 30 days")
    units = ("plain", "month", "day")
    results = lab.interleaved(**{f"longshore {unit}": lambda unit=unit: load(lab, source, unit) for unit in units},
                              **{f"copy {unit}": lambda unit=unit: copy(lab, source, unit) for unit in units})
    for unit in units:
        where = "plain table" if unit == "plain" else f"one partition per {unit}"
        table.row(f"detections, {where}", rate(source.detections, results[f"longshore {unit}"], whole_process), "COPY, sorted in the same windows",
                  rate(source.detections, results[f"copy {unit}"], its_clock))


def load(lab, source, unit):
    with tables(lab, unit) as database:
        result = lab.longshore.load(database, source)
        check_detections(database, source)
        return result


def copy(lab, source, unit):
    with tables(lab, unit) as database:
        result = lab.rivals.run("copy_rows", "--database", database.url, *source.files)
        check_detections(database, source)
        return result


def tables(lab, unit):
    database = lab.postgres.migrated()
    if unit != "plain":
        database.query("set timezone = 'UTC';" + PARTITIONED.format(unit=unit, begin=BEGIN, end=BEGIN + timedelta(days=31)))
    return database
