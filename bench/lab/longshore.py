"""longshore, run like users run it."""

import os
import shutil
from dataclasses import dataclass

from lab.errors import Wrong
from lab.process import Usage, run


@dataclass
class Load:
    usage: Usage  # of the whole process
    seconds: float  # of the load itself, from the ledger: start of the first file to end of the last one


def whole_process(load):
    return load.usage.wall


def by_ledger(load):
    return load.seconds


class Longshore:
    def __init__(self, binary, directory):
        self.binary, self.directory = binary, directory
        if not os.path.exists(binary):
            raise SystemExit(f"bench: not found: {binary}; ./dev bench builds it")

    def run(self, *words):
        return run([self.binary, *words])

    def migrate(self, database):
        self.run("migrate", "--database", database.url)

    def landing(self, files=()):
        """A new landing directory with hard links to these files."""
        shutil.rmtree(self.directory, ignore_errors=True)
        landing = os.path.join(self.directory, "landing")
        os.makedirs(landing)
        for file in files:
            os.link(file, os.path.join(landing, os.path.basename(file)))
        os.sync()  # otherwise the kernel writes the links, and data of the run before, during a measurement
        return landing

    def load(self, database, source, *words, duplicates=None):
        """Runs `run --once` on an Input and checks the counts: all records loaded, or `duplicates` of them found in the table."""
        landing = self.landing(source.files)
        before = self.counts(database)
        usage = self.drain(database, landing, *words)
        found = self.counts(database, before["last"])
        duplicates = source.duplicates if duplicates is None else duplicates
        expected = {"files": len(source.files), "records": source.records, "rows": source.records - duplicates - source.rejects,
                    "duplicates": duplicates, "rejects": source.rejects}
        check("ledger", {name: found[name] for name in expected}, expected)
        return Load(usage, found["seconds"])

    def drain(self, database, landing, *words):
        return self.run("run", "--once", "--landing", landing, "--database", database.url, "--log-level", "warn", *words)

    @staticmethod
    def counts(database, after=0):
        """Sums of the ledger over the files after a file_id."""
        names = ("last", "files", "records", "rows", "duplicates", "rejects", "seconds")
        values = database.query(f"select coalesce(max(file_id), 0), count(*), coalesce(sum(records), 0), coalesce(sum(rows_loaded), 0), "
                                f"coalesce(sum(rows_duplicate), 0), coalesce(sum(rows_rejected), 0), {database.ledger_seconds} "
                                f"from ingest_log where file_id > {after} and status in ('loaded', 'partial')")[0]
        return {name: float(value or 0) if name == "seconds" else int(value) for name, value in zip(names, values)}

    def clean(self):
        shutil.rmtree(self.directory, ignore_errors=True)


def check_detections(database, source):
    """Checks that the table has exactly the rows of this Input."""
    rows, detections = database.query(f"select count(*), sum({database.array_length}(object_types)) from detection_events")[0]
    check("detection_events", (int(rows), int(detections)), (source.rows, source.detections))


def check(what, found, expected):
    if found != expected:
        raise Wrong(f"{what}: found {found}, expected {expected}")
