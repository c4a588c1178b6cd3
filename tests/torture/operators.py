"""What people do beside the daemons of a torture run: they replay files and change declarations. And time passes faster than it does:
leases and pauses of tasks end at once. Each is a generator of pauses, like a daemon's life.
"""

import os
import sqlite3
import subprocess
import time

LONG_AGO = "2020-01-01T00:00:00.000000Z"
TROUBLE = (RuntimeError, sqlite3.Error, OSError, subprocess.TimeoutExpired)  # the server is down, the tables do not exist yet
DRY_PATIENCE = 120  # seconds in which tasks must have used all changes when nothing else happens


class Operators:
    def __init__(self, store, declared, daemons, random, binary, words):
        self.store, self.declared, self.daemons, self.random, self.binary, self.words = store, declared, daemons, random, binary, words
        self.replays = self.changes = self.reloads = 0
        self.process = None
        self.findings = []

    def lives(self):
        return [self.replay(), self.change(), self.hasten()]

    def end(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def start(self, words, log, crash_at=None):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("LONGSHORE_")}
        if crash_at:
            environment["LONGSHORE_CRASH_AT"] = crash_at
        with open(log, "ab") as out:
            self.process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", self.binary, *words, *self.words], stdin=subprocess.DEVNULL,
                                            stdout=out, stderr=out, env=environment)

    def replay(self):
        """Replays random files, and is killed at times. It may find no copy, or no server: then it changes nothing."""
        log = os.path.join(os.path.dirname(self.declared.seen), "replay.log")
        while True:
            yield self.random.uniform(0.2, 2)
            try:
                ids = [row[0] for row in self.store.select("file_id", "ingest_log where status in ('loaded', 'partial') and purged_at is null "
                                                           "order by random() limit 40")]
            except TROUBLE:
                continue
            ids = ids[:self.random.choice([1, 1, 2, 5, 40])]
            if not ids:
                continue
            self.start(["replay", "--keep-going", *map(str, ids)], log, self.random.choice([None, None, None, "after_take_out:1", "before_commit:1"]))
            end = time.monotonic() + self.random.choice([0.05, 0.3, 5, 20, 20])
            while self.process.poll() is None and time.monotonic() < end:
                yield 0.02
            self.replays += self.process.poll() == 0
            if (self.process.poll() or 0) < 0:
                self.findings.append(f"DIED    a replay of {ids} ended by signal {-self.process.returncode}; {log}")
            self.end()

    def change(self):
        """Changes feeds and tasks. Some daemons are told."""
        while True:
            yield self.random.uniform(0.5, 3)
            self.changes += self.random.random() < 0.4 and self.declared.change()
            self.reloads += sum(daemon.reload() for daemon in self.daemons if self.random.random() < 0.6)

    def hasten(self):
        while True:
            yield self.random.uniform(0.3, 3)
            self.let_time_pass(self.random.random() < 0.3)

    def let_time_pass(self, is_all=True):
        """The leases of dead runs end, those of live ones at times. A day passes, so that the ledger confirms the clock."""
        tasks = [name.removesuffix(".toml") for name in os.listdir(self.declared.tasks) if is_all or self.random.random() < 0.3]
        names = ", ".join(f"'{name}'" for name in tasks) or "''"
        then = time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime(time.time() - 30 * 3600))
        try:
            self.store.sql(f"update ingest_tasks set lease_until = '{LONG_AGO}' where lease_until is not null and task in ({names});\n"
                           f"update ingest_tasks set retry_at = '{LONG_AGO}' where retry_at is not null;\n"
                           f"update ingest_log set started_at = '{then}' where started_at > '{then}' and status <> 'loading' and "
                           "file_id = (select min(file_id) from ingest_log)")
        except TROUBLE:
            pass

    def run_dry(self):
        """Runs the tasks until no change is left."""
        end = time.monotonic() + DRY_PATIENCE
        log = os.path.join(os.path.dirname(self.declared.seen), "dry.log")
        while True:
            self.let_time_pass()
            self.start(["run", "--once", "--instance", "dry", "--tasks", self.declared.tasks], log)
            code = self.process.wait(DRY_PATIENCE)
            self.process = None
            if code < 0:
                self.findings.append(f"DIED    run --once ended by signal {-code}; {log}")
            if self.is_dry():
                return
            if time.monotonic() > end:
                self.findings.append(f"STUCK   tasks still have changes after {DRY_PATIENCE} s; {log}")
                return

    def is_dry(self):
        left = sum(int(self.store.select("count(*)", table)[0][0]) for table in self.tables_of_changes())
        return left == 0 and not self.store.select("task", "ingest_tasks where run_id is not null or failures > 0")

    def tables_of_changes(self):
        return ["ingest_changes"] + ["ingest_touched_" + row[0] for row in self.store.select("task", "ingest_tasks")]
