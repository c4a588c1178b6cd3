"""Status reports into the history and the latest table. The rival writes both by hand, in one transaction."""

from lab.longshore import by_ledger, check, whole_process
from lab.rival import its_clock
from lab.table import at_least, rate

REPORTS = 1_000_000


def run(lab, table):
    reports = lab.scale(REPORTS)
    for vehicles in (lab.scale(10_000), reports):
        measure(lab, table, lab.data.statuses(reports, vehicles=vehicles))


def measure(lab, table, source):
    table.note(f"{source}, of {source.vehicles:,} vehicles")
    results = lab.interleaved(longshore=lambda: load(lab, source), by_hand=lambda: by_hand(lab, source))
    hand = rate(source.records, results["by_hand"], its_clock)
    what = f"reports of {source.vehicles:,} vehicles"
    table.row(f"{what}, process start to exit", rate(source.records, results["longshore"], whole_process), "COPY, then an upsert of the newest", hand, at_least(0.85))
    table.row(f"{what}, by the ledger", rate(source.records, results["longshore"], by_ledger), "COPY, then an upsert of the newest", hand)


def load(lab, source):
    with lab.postgres.migrated() as database:
        result = lab.longshore.load(database, source)
        check_statuses(database, source)
        return result


def by_hand(lab, source):
    with lab.postgres.migrated() as database:
        result = lab.rivals.run("copy_statuses", "--database", database.url, *source.files)
        check_statuses(database, source)
        return result


def check_statuses(database, source):
    """Checks that the latest table has the newest report of each vehicle."""
    found = database.query("""
        select (select count(*) from vehicle_status_history), count(*),
               count(*) filter (where report_time = (select max(report_time) from vehicle_status_history h where h.vehicle_id = s.vehicle_id))
        from vehicle_status s""")[0]
    check("statuses", [int(count) for count in found], [source.rows, source.vehicles, source.vehicles])
