"""Repeated input: all records in another file, one record in a hundred, the same file."""

from lab.longshore import by_ledger, check, check_detections, whole_process
from lab.table import Figure, at_least, of, rate

DETECTIONS = 5_000_000


def run(lab, table):
    count = lab.scale(DETECTIONS)
    first = lab.data.detections(count)
    again = lab.data.detections(count, ndjson=True)
    repeats = lab.data.detections(count, duplicates=0.01)
    check("the same records", (again.records, again.detections), (first.records, first.detections))
    table.note(f"first: {first}")
    results = lab.interleaved(rounds=lambda: all_again(lab, first, again), repeats=lambda: load_repeats(lab, repeats),
                              sha256sum=lambda: lab.run(["sha256sum", *first.files]))
    loads, contents, files = zip(*results["rounds"])

    loaded = rate(first.detections, loads, whole_process)
    table.row("detections, each already in the table", rate(again.detections, contents, whole_process), "the first load", loaded, at_least(0.7))
    table.row("the same, by the ledger", rate(again.detections, contents, by_ledger), "the first load", rate(first.detections, loads, by_ledger))
    table.row("detections, 1 % of the records twice in the file", rate(repeats.detections, results["repeats"], whole_process), "no record twice", loaded)
    table.row("the same file dropped again", Figure(of(files, lambda usage: usage.wall), "s"), "sha256sum of it",
              Figure(of(results["sha256sum"], lambda usage: usage.wall), "s"))


def all_again(lab, first, again):
    """Loads the file, then its records in another form, then the same file again."""
    with lab.postgres.migrated() as database:
        load = lab.longshore.load(database, first)
        content = lab.longshore.load(database, again, duplicates=again.records)
        file = lab.longshore.drain(database, lab.longshore.landing(first.files))
        check("ledger", database.query("select status from ingest_log order by file_id"), [["loaded"], ["loaded"], ["duplicate"]])
        check_detections(database, first)
        return load, content, file


def load_repeats(lab, source):
    with lab.postgres.migrated() as database:
        load = lab.longshore.load(database, source)
        check_detections(database, source)
        return load
