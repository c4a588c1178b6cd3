"""What the roll-up detections_hourly costs the loads, and what it saves the queries."""

from lab.errors import Wrong
from lab.longshore import by_ledger, check_detections, whole_process
from lab.table import Figure, at_least, at_most, of, rate
from lab.watcher import milliseconds, rename_in

MILLION = 1_000_000
BULK = 5 * MILLION
QUERIED = 20 * MILLION  # detections that the queries read
QUERIED_DAYS = 60
LONE_FILES, EVERY_MS = 300, 50
WITH_TASK = ("--enable-tasks", "detections_hourly")
DAY = "2022-06-15"
FLEETS_DAY = {
    "roll-up": f"select object_type, sum(objects) from detections_hourly where hour >= '{DAY}T00:00:00Z' and hour < '{DAY}T24:00:00Z' group by 1",
    "facts": f"select object_type, sum(object_value) from detections where detection_time >= '{DAY}T00:00:00Z' and detection_time < '{DAY}T24:00:00Z' group by 1",
}


def run(lab, table):
    bulk(lab, table)
    lone_files(lab, table)
    queries(lab, table)


# ---- what the loads pay


def bulk(lab, table):
    source = lab.data.detections(lab.scale(BULK), start="2022-06-01T00:00:00Z", days=30)
    results = lab.interleaved(task=lambda: load(lab, source, *WITH_TASK), without=lambda: load(lab, source))
    for what, seconds, wanted in (("the loads", by_ledger, at_least(0.9)), ("loads, then the roll-up", whole_process, None)):
        table.row(f"{source}: {what}", rate(source.detections, results["task"], seconds), "without a task",
                  rate(source.detections, results["without"], seconds), wanted)


def load(lab, source, *words):
    with lab.postgres.migrated() as database:
        result = lab.longshore.load(database, source, *words)
        check_detections(database, source)
        return result


def lone_files(lab, table):
    source = lab.data.small_files(lab.scale(LONE_FILES, 10))
    results = lab.interleaved(task=lambda: watch(lab, source, *WITH_TASK), without=lambda: watch(lab, source))
    for name in ("p50", "p90", "p99"):
        table.row(f"{len(source.files)} files, one every {EVERY_MS} ms, {name}", milliseconds(results["task"], name),
                  "without a task", milliseconds(results["without"], name))


def watch(lab, source, *words):
    with lab.postgres.migrated() as database, lab.daemon(database, *words) as daemon:
        return rename_in(lab, daemon, database, source, 1000 * EVERY_MS, 100)


# ---- what the queries gain


def queries(lab, table):
    source = lab.data.detections(lab.scale(QUERIED), start="2022-06-01T00:00:00Z", days=QUERIED_DAYS)
    with lab.postgres.migrated() as database:
        lab.longshore.load(database, source, *WITH_TASK)
        answers = {name: database.query(sql + " order by 1") for name, sql in FLEETS_DAY.items()}
        if answers["roll-up"] != answers["facts"]:
            raise Wrong(f"the roll-up differs from the facts: {answers}")
        results = lab.interleaved(**{name: lambda sql=sql: timed(database, sql) for name, sql in FLEETS_DAY.items()})
        what = f"objects by type on one of {QUERIED_DAYS} days, {source}"
        figure = Figure(of(results["roll-up"], lambda ms: ms), "ms")
        table.row(what, figure, wanted=at_most(5, "5 ms"))
        table.row(what, figure, "from the detections", Figure(of(results["facts"], lambda ms: ms), "ms"))


def timed(database, sql):
    """The server's time, in ms, of the second of two runs: the first reads the pages."""
    plan = "explain (analyze, timing off, summary on) " + sql
    database.query(plan)
    lines = [row[0] for row in database.query(plan)]
    return sum(float(line.split()[2]) for line in lines if line.startswith(("Planning Time", "Execution Time")))
