#!/usr/bin/env python3
"""Delivers a random stream of files into a landing directory while the daemons that load it, and their database, are killed,
stopped and frozen at random. Meanwhile files are replayed, and tasks make roll-ups. Afterwards all tables and directories must be
as in an undisturbed run, and each roll-up must be what the rows say.

The run consists of rounds. Each round has its own directories and database, so that a finding is small enough to examine.
--seed N --rounds 1 repeats one round; the timing of the kernel may differ.
"""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from random import Random

from checker import Checker, is_work_done
from daemons import GRACE, ROOT, Daemon, crash_points
from declared import Declared
from operators import Operators
from stores import Postgres, Sqlite
from stream import FEEDS, Landing
from task_checker import TaskChecker

# What a round uses, one after the other: archived files are compressed and removed while they are delivered.
HOUSEKEEPING = [["--compress-processed=1s"], ["--keep-processed=4s", "--compress-processed=1s", "--keep-ledger=6s"], []]
QUIET_PATIENCE = 180  # seconds in which all files must be finished after the disturbances end


def arguments():
    parser = argparse.ArgumentParser(prog="./dev torture", description=__doc__.split("\n\n")[0])
    parser.add_argument("minutes", nargs="?", type=float, default=10, help="duration of the whole run, over all stores (10)")
    parser.add_argument("--store", choices=["sqlite", "postgres", "both"], default="both")
    parser.add_argument("--seed", type=int, help="seed of the first round; each further round uses the next number")
    parser.add_argument("--rounds", type=int, help="maximum number of rounds")
    parser.add_argument("--round-seconds", type=float, default=45, help="duration of deliveries and kills in a round (45)")
    parser.add_argument("--daemons", type=int, default=0, help="daemons on one landing directory; PostgreSQL only (1 and 2, alternating)")
    parser.add_argument("--rate", type=float, default=40, help="maximum deliveries per second (40)")
    parser.add_argument("--recursive", action="store_true", help="deliver into directories in every round (in most)")
    parser.add_argument("--soak", action="store_true", help="kill only the database, and check that the daemons do not grow")
    parser.add_argument("--binary", action="append", help="path of longshore; several are used one after the other in each round, like upgrades")
    return parser.parse_args()


class Round:
    def __init__(self, options, store_name, daemons, seed):
        self.options, self.store_name, self.seed = options, store_name, seed
        self.random = Random(seed)
        self.directory = tempfile.mkdtemp(prefix="longshore-torture-")
        os.chmod(self.directory, 0o755)
        for name in ("landing", "processed", "failed"):
            os.mkdir(os.path.join(self.directory, name))
        self.store = Sqlite(self.directory) if store_name == "sqlite" else Postgres(self.directory)
        self.recursive = options.recursive or self.random.random() < 0.7
        self.landing = Landing(os.path.join(self.directory, "landing"), os.path.join(self.directory, "beside"), Random(seed + 1), GRACE,
                               recursive=self.recursive, feeds=(*FEEDS, "readings"))
        self.declared = Declared(self.directory, store_name, Random(seed + 2))
        binaries = options.binary or [os.path.join(ROOT, "build/dev/longshore")]
        points = crash_points() if any("/release/" not in binary for binary in binaries) else ()
        places = ["--landing", os.path.join(self.directory, "landing"), "--processed", os.path.join(self.directory, "processed"),
                  "--failed", os.path.join(self.directory, "failed"), "--database", self.store.database(), "--feeds", self.declared.feeds]
        words = [*places, "--loaders", "1" if store_name == "sqlite" else "2", *(["--recursive"] if self.recursive else []),
                 *HOUSEKEEPING[seed // 2 % len(HOUSEKEEPING)]]
        # of two daemons the second may not have the tasks
        self.daemons = [Daemon(binaries, [*words, "--instance", f"torture{i}"], os.path.join(self.directory, f"longshore{i}.log"),
                               Random(seed + 10 + i), points, ("--tasks", self.declared.tasks) if i == 0 or self.random.random() < 0.6 else ())
                        for i in range(daemons)]
        self.operators = Operators(self.store, self.declared, self.daemons, Random(seed + 3), binaries[-1], places)
        self.restarts_of_store = 0
        self.findings = []
        self.rows = self.purged = self.packed = self.runs = self.old_rows = 0

    def run(self, seconds):
        try:
            self.store.start()
            self.disturb(seconds)
            self.calm()
            self.operators.run_dry()
            for actor in (*self.daemons, self.operators):
                self.findings += actor.findings
            tasks = TaskChecker(self.store, self.declared)
            self.findings += tasks.check()
            self.runs = tasks.runs
            checker = Checker(self.landing, self.store, self.directory)
            self.findings += checker.check()
            self.rows = checker.rows
            self.purged = sum(row["purged_at"] is not None for row in checker.ledger)
            self.old_rows = sum(row["rows_purged"] or 0 for row in checker.ledger)
            self.packed = sum(row["packed_bytes"] is not None for row in checker.ledger)
        finally:
            self.landing.forget_steps()
            self.operators.end()
            for daemon in self.daemons:
                if daemon.process is not None:
                    daemon.process.kill()
                    daemon.process.wait()
            self.store.stop("QUIT")
        return not self.findings

    def disturb(self, seconds):
        lives = [daemon.soak(seconds) if self.options.soak else daemon.torment() for daemon in self.daemons]
        if not self.options.soak:
            lives += self.operators.lives()
        if self.store_name == "postgres":
            lives.append(self.trouble_server())
        due = [0.0] * len(lives)
        begin = time.monotonic()
        next_delivery = begin
        while (now := time.monotonic()) < begin + seconds:
            for daemon in self.daemons:
                daemon.age = (now - begin) / seconds
            for i, life in enumerate(lives):
                if due[i] <= now:
                    due[i] = now + next(life)
            if now >= next_delivery:
                next_delivery = now + self.random.expovariate(self.options.rate)
                if self.landing.waiting() < 300:
                    self.landing.step()
            self.landing.run()
            time.sleep(0.002)
        for life in lives:
            life.close()
        self.operators.end()
        if self.store_name == "postgres" and self.store.kept_server is None:
            self.store.start()

    def trouble_server(self):
        """Ends all sessions, kills one, or restarts the whole server as after a crash."""
        yield 2
        while True:
            dice = self.random.random()
            if dice < 0.5:
                self.store.terminate_backends()
            elif dice < 0.65:
                self.store.kill_a_backend(self.random)
            else:
                self.store.stop("QUIT")
                self.restarts_of_store += 1
                yield self.random.choice([0, 0, 0.5, 2])
                self.store.start()
            yield self.random.uniform(0.2, 6)

    def calm(self):
        """Runs the daemons undisturbed until all files are finished; then stops or kills them."""
        for daemon in self.daemons:
            daemon.age = 1.0
            if len(daemon.binaries) > 1:
                daemon.kill()
            if daemon.is_running():
                daemon.process.send_signal(signal.SIGCONT)
            else:
                daemon.start()
        end = time.monotonic() + QUIET_PATIENCE
        while not self.is_quiet():
            self.landing.run()
            for daemon in self.daemons:
                if not daemon.is_running():  # its crash point was reached late, or this is a finding
                    daemon.start()
            if time.monotonic() > end:
                self.findings.append(f"STUCK   not quiet after {QUIET_PATIENCE} s")
                break
            time.sleep(0.05)
        for daemon in self.daemons:
            if self.random.random() < 0.5:
                for pause in daemon.stop():
                    time.sleep(pause)
            else:
                daemon.kill()

    def is_quiet(self):
        if not self.landing.is_idle() or self.landing.waiting():
            return False
        if not is_work_done(os.path.join(self.directory, "landing")):
            return False
        if not self.store.is_there("ingest_log"):
            return False
        unrouted = sum(1 for delivery in self.landing.deliveries if delivery.manner == "unrouted")
        return int(self.store.select("count(*)", "ingest_log where status = 'unrouted'")[0][0]) >= unrouted

    def report(self):
        kinds = [("starts", "starts"), ("kills", "kills"), ("crashes", "crash points"), ("stops", "stops"), ("freezes", "freezes")]
        words = [f"{sum(getattr(daemon, name) for daemon in self.daemons)} {label}" for name, label in kinds]
        if self.restarts_of_store:
            words.append(f"{self.restarts_of_store} server crashes")
        words += [f"{self.runs} task runs, {self.operators.replays} replays, {self.operators.changes} changes and {self.operators.reloads} reloads, "
                  f"{self.old_rows} old rows removed"]
        words += [f"{self.purged} purged and {self.packed} compressed files"] if self.purged or self.packed else []
        words += [f"at most {daemon.most[0]} descriptors and {daemon.most[1]} MiB" for daemon in self.daemons if daemon.most]
        print(f"seed {self.seed}, {self.store_name}, {len(self.daemons)} daemon{'s'[:len(self.daemons) - 1]}: {', '.join(words)}, "
              f"{len(self.landing.deliveries)} files{' in directories' if self.recursive else ''}, {self.rows} rows, {len(self.findings)} findings", flush=True)
        for finding in self.findings:
            print("  " + finding)
        if self.findings:
            print(f"  kept: {self.directory}", flush=True)
        else:
            shutil.rmtree(self.directory)


def main():
    options = arguments()
    seed = options.seed if options.seed is not None else Random().randrange(1_000_000)
    print(f"torture, first seed {seed}", flush=True)
    stores = ["sqlite", "postgres"] if options.store == "both" else [options.store]
    end = time.monotonic() + options.minutes * 60
    totals, number, failed = {}, 0, 0
    while number < (options.rounds or 1 << 30) and (number < len(stores) or time.monotonic() < end):
        store = stores[number % len(stores)]
        daemons = 1 if store == "sqlite" else options.daemons or 1 + number // len(stores) % 2
        turn = Round(options, store, daemons, seed + number)
        left = max(end - time.monotonic(), 5)
        turn.run(min(options.round_seconds, left, options.minutes * 60 / len(stores)))
        turn.report()
        failed += bool(turn.findings)
        counts = totals.setdefault(store, {"rounds": 0, "starts": 0, "kills": 0, "crash points": 0, "stops": 0, "freezes": 0,
                                           "server crashes": 0, "files": 0, "rows": 0, "task runs": 0, "replays": 0, "findings": 0})
        for name, value in [("rounds", 1), *((label, sum(getattr(d, name) for d in turn.daemons)) for label, name in
                                             [("starts", "starts"), ("kills", "kills"), ("crash points", "crashes"), ("stops", "stops"),
                                              ("freezes", "freezes")]),
                            ("server crashes", turn.restarts_of_store), ("files", len(turn.landing.deliveries)), ("rows", turn.rows), ("task runs", turn.runs), ("replays", turn.operators.replays),
                            ("findings", len(turn.findings))]:
            counts[name] += value
        number += 1
    for store, counts in totals.items():
        print(f"{store}: " + ", ".join(f"{count} {name}" for name, count in counts.items()))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
