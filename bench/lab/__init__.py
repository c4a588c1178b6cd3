"""The tools of a case: input, databases, longshore, the rivals, repetitions and the result table."""

import os
import shutil
import signal
import sys
import tempfile

from lab.daemon import Daemon
from lab.data import Data
from lab.errors import Wrong
from lab.longshore import Longshore
from lab.postgres import Postgres
from lab.process import run
from lab.rival import Rivals
from lab.scale import Scale
from lab.sqlite import Sqlite
from lab.table import Table

__all__ = ["CASES", "Lab", "Wrong"]

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# in execution order
CASES = ["bulk", "peers", "small", "latency", "memory", "idle", "duplicates", "statuses", "csv", "export", "steady", "tasks", "sqlite", "storage",
         "fairness"]


class Lab:
    def __init__(self, options):
        self.scale = Scale(options.scale)
        self.times = options.times or self.scale.times
        self.build = os.path.join(ROOT, options.build)
        self.directory = tempfile.mkdtemp(prefix="longshore-bench-")
        os.chmod(self.directory, 0o755)  # the server's user needs access
        self.longshore = Longshore(os.path.join(self.build, "longshore"), self.path("longshore"))
        self.rivals = Rivals(os.path.join(self.build, "bench"))
        self.data = Data(self.longshore, self.path("data"))
        self._postgres = None
        self._sqlite_files = 0

    def __enter__(self):
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        return self

    def __exit__(self, *_):
        if self._postgres:
            self._postgres.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.directory, name)

    @property
    def postgres(self):
        """The server that all cases share. Each case uses its own databases."""
        if not self._postgres:
            self._postgres = Postgres(self.path("postgres"), self.longshore, durable=not self.scale.is_tiny)
            self._postgres.start()
        return self._postgres

    def sqlite(self):
        """A new SQLite file with longshore's tables."""
        self._sqlite_files += 1
        file = Sqlite(self.path(f"sqlite{self._sqlite_files}.db"))
        self.longshore.migrate(file)
        return file

    def daemon(self, database, *words, files=()):
        return Daemon(self.longshore, database, *words, files=files)

    def table(self, name, title):
        return Table(name, title.strip(), judged=self.scale.name != "tiny")

    def interleaved(self, **runs):
        """Calls the functions in turn, `times` rounds. Returns a list of results for each name."""
        results = {name: [] for name in runs}
        for _ in range(self.times):
            for name, function in runs.items():
                results[name].append(function())
        return results

    def run(self, words, **options):
        return run(words, **options)

    def clean(self):
        """Removes everything that the last case created."""
        self.data.clean()
        self.longshore.clean()
        if self._postgres:
            self._postgres.drop_all()
        for name in os.listdir(self.directory):
            if name.startswith("sqlite"):
                os.unlink(self.path(name))
