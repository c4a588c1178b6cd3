"""One large file into PostgreSQL, and four at once. The rival is COPY BINARY of the same rows, encoded in memory beforehand."""

from lab.longshore import by_ledger, check_detections, whole_process
from lab.rival import its_clock
from lab.table import Figure, at_least, at_most, of, rate

DETECTIONS = 5_000_000


def run(lab, table):
    one_file(lab, table, lab.data.detections(lab.scale(DETECTIONS)))
    four_files(lab, table, lab.data.detections(lab.scale(DETECTIONS), files=4))


def one_file(lab, table, source):
    table.note(str(source))
    results = lab.interleaved(longshore=lambda: load(lab, source),
                              windows=lambda: copy(lab, source, "--order", "window"),
                              as_in_file=lambda: copy(lab, source, "--order", "file"))
    loads = results["longshore"]
    whole = rate(source.detections, loads, whole_process)
    windows = rate(source.detections, results["windows"], its_clock)
    as_in_file = rate(source.detections, results["as_in_file"], its_clock)
    table.row("detections, process start to exit", whole, "COPY, sorted in the same windows", windows, at_least(0.9))
    table.row("detections, process start to exit", whole, "COPY in the order of the file", as_in_file, at_least(1.2))
    table.row("detections, the load by its ledger row", rate(source.detections, loads, by_ledger), "COPY, sorted in the same windows", windows)
    cpu = of(loads, lambda load: load.usage.cpu) * 1e6 / source.detections
    table.row("CPU of longshore per million detections", Figure(cpu, "s"), wanted=at_most(0.3, "0.3 s"))


def four_files(lab, table, source):
    table.note(str(source))
    results = lab.interleaved(longshore=lambda: load(lab, source, "--loaders", "2"),
                              windows=lambda: copy(lab, source, "--order", "window", "--connections", "2"))
    table.row("detections, four files, two loaders", rate(source.detections, results["longshore"], whole_process),
              "two such COPYs at once", rate(source.detections, results["windows"], its_clock), at_least(0.75))


def load(lab, source, *words):
    with lab.postgres.migrated() as database:
        result = lab.longshore.load(database, source, *words)
        check_detections(database, source)
        return result


def copy(lab, source, *words):
    with lab.postgres.migrated() as database:
        result = lab.rivals.run("copy_rows", "--database", database.url, *words, *source.files)
        check_detections(database, source)
        return result
