"""One large file into PostgreSQL, and four at once; the rival is COPY BINARY of the same rows, ready in memory."""

from lab.longshore import check
from lab.table import Figure, at_least, at_most, of

DETECTIONS = 5_000_000


def run(lab, table):
    one_file(lab, table, lab.data.detections(lab.scale(DETECTIONS)))
    four_files(lab, table, lab.data.detections(lab.scale(DETECTIONS), files=4))


def one_file(lab, table, source):
    table.note(str(source))
    results = lab.interleaved(longshore=lambda: load(lab, source),
                              windows=lambda: copy(lab, source, "--order", "window"),
                              as_in_file=lambda: copy(lab, source, "--order", "file"))

    def rate(name, seconds):
        return Figure(source.detections / 1e6 / of(results[name], seconds), "M/s")

    whole, itself = rate("longshore", lambda load: load.usage.wall), rate("longshore", lambda load: load.seconds)
    windows, as_in_file = rate("windows", seconds_of), rate("as_in_file", seconds_of)
    table.row("detections, process start to exit", whole, "COPY, sorted in the same windows", windows, at_least(0.9))
    table.row("detections, process start to exit", whole, "COPY in the order of the file", as_in_file, at_least(1.2))
    table.row("detections, the load by its ledger row", itself, "COPY, sorted in the same windows", windows)
    cpu = of(results["longshore"], lambda load: load.usage.cpu) * 1e6 / source.detections
    table.row("CPU of longshore, a million detections", Figure(cpu, "s"), wanted=at_most(0.3, "0.3 s"))
    table.row("JSON read", Figure(whole.value * source.bytes / source.detections, "MB/s"))


def four_files(lab, table, source):
    table.note(str(source))
    results = lab.interleaved(longshore=lambda: load(lab, source, "--loaders", "2"),
                              windows=lambda: copy(lab, source, "--order", "window", "--connections", "2"))
    whole = Figure(source.detections / 1e6 / of(results["longshore"], lambda load: load.usage.wall), "M/s")
    windows = Figure(source.detections / 1e6 / of(results["windows"], seconds_of), "M/s")
    table.row("detections, four files, two loaders", whole, "two such COPYs at once", windows, at_least(0.75))


def seconds_of(result):
    return result["seconds"]


def load(lab, source, *words):
    database = lab.postgres.migrated()
    result = lab.longshore.load(database, source, *words)
    check_rows(database, source)
    database.drop()
    return result


def copy(lab, source, *words):
    database = lab.postgres.migrated()
    result = lab.rivals.run("copy_rows", "--database", database.url, *words, *source.files)
    check_rows(database, source)
    database.drop()
    return result


def check_rows(database, source):
    rows, detections = database.query("select count(*), sum(cardinality(object_types)) from detection_events")[0]
    check("detection_events", (int(rows), int(detections)), (source.rows, source.detections))
