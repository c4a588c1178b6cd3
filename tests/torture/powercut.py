#!/usr/bin/env python3
"""Shuts down the file system under the daemon: everything that was not synced is lost, as in a real power cut.

A file system in an image (ext4 and XFS, alternating) contains landing, work, processed, failed and the database: SQLite's file, or
PostgreSQL's data every other time. Uploaders sync some of their files. At a random moment the file system is shut down by ioctl
without its log, the daemon is killed, and the file system is mounted again. A synced file must be loaded once. An unsynced file may
be gone, or empty or truncated and then failed, but never loaded in part.
"""

import argparse
import fcntl
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from random import Random

from checker import Checker, is_work_done
from daemons import GRACE, ROOT, Daemon
from delivery import MUST, MUST_NOT
from stores import Postgres, Sqlite
from stream import Landing

SHUTDOWN = 0x8004587D  # FS_IOC_SHUTDOWN, of ext4 and XFS
WITH_LOG, WITHOUT_LOG = 1, 2
QUIET_PATIENCE = 120   # seconds
CUTS_OF_A_VOLUME = 5
SKIPPED = 77


class CannotMount(Exception):
    pass


def command(*words):
    done = subprocess.run(words, capture_output=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise CannotMount(f"{' '.join(words)}: {done.stderr.decode(errors='replace').strip()}")


class Volume:
    """A file system in its own image."""

    def __init__(self, directory, kind):
        self.image, self.path = os.path.join(directory, "image"), os.path.join(directory, "volume")
        os.mkdir(self.path)
        with open(self.image, "wb") as image:
            image.truncate(640 << 20)
        command(*(["mkfs.ext4", "-q", "-F"] if kind == "ext4" else ["mkfs.xfs", "-q", "-f"]), self.image)
        self.is_mounted = False
        self.mount()

    def mount(self):
        command("mount", "-o", "loop", self.image, self.path)
        self.is_mounted = True

    def cut(self, how):
        fd = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.ioctl(fd, SHUTDOWN, struct.pack("I", how))
        finally:
            os.close(fd)

    def unmount(self):
        end = time.monotonic() + 30
        while self.is_mounted:
            try:
                command("umount", self.path)
                self.is_mounted = False
            except CannotMount:  # a killed process may still exist for a moment
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)

    def sync(self):
        command("sync", "-f", self.path)


class Ride:
    """Some power cuts of one volume with its database and daemon."""

    def __init__(self, store_name, kind, database_inside, seed, binary):
        self.random = Random(seed)
        self.label = f"seed {seed}, {store_name}{' inside' if database_inside else ' elsewhere' if store_name == 'postgres' else ''} on {kind}"
        self.directory = tempfile.mkdtemp(prefix="longshore-powercut-")
        os.chmod(self.directory, 0o755)
        self.findings, self.rows, self.cuts, self.store = [], 0, 0, None
        try:
            self.volume = Volume(self.directory, kind)
        except CannotMount:
            shutil.rmtree(self.directory)
            raise
        inside = os.path.join(self.volume.path, "fleet")
        self.inside = inside
        for name in ("", "landing", "processed", "failed"):
            os.mkdir(os.path.join(inside, name))
        if store_name == "sqlite":
            self.store = Sqlite(inside)
        else:
            self.store = Postgres(self.directory, fsync=True, data=os.path.join(inside, "data") if database_inside else None)
            self.lives_inside = database_inside
        self.store.start()
        self.landing = Landing(os.path.join(inside, "landing"), os.path.join(inside, "beside"), Random(seed + 1), GRACE, syncing=0.6)
        self.volume.sync()
        words = ["--landing", os.path.join(inside, "landing"), "--processed", os.path.join(inside, "processed"), "--failed",
                 os.path.join(inside, "failed"), "--database", self.store.database(), "--loaders", "1" if store_name == "sqlite" else "2",
                 "--instance", "powercut"]
        self.daemon = Daemon([binary], words, os.path.join(self.directory, "longshore.log"), Random(seed + 2))

    def run(self, cuts):
        try:
            while self.cuts < cuts:
                self.live_until_cut()
                if self.random.random() < 0.75 or self.cuts == cuts:
                    self.calm()
                    self.check()
                if self.findings:
                    break
        finally:
            self.end()

    def live_until_cut(self):
        self.daemon.start()
        end = time.monotonic() + (self.random.uniform(0.05, 0.3) if self.random.random() < 0.2 else self.random.uniform(0.3, 4))
        while time.monotonic() < end:
            self.daemon.is_running()
            if self.landing.waiting() < 100:
                self.landing.step()
            self.landing.run()
            time.sleep(0.01)
        self.volume.cut(WITHOUT_LOG if self.random.random() < 0.8 else WITH_LOG)
        self.cuts += 1
        self.daemon.expected = range(256)  # I/O errors may have ended it before it was killed
        self.daemon.kill()
        self.landing.forget_steps()
        is_postgres_cut = isinstance(self.store, Postgres) and self.lives_inside
        if is_postgres_cut:
            self.store.stop("KILL")
        self.volume.unmount()
        self.volume.mount()
        if is_postgres_cut:
            self.store.start()

    def calm(self):
        self.daemon.start()
        end = time.monotonic() + QUIET_PATIENCE
        landing = os.path.join(self.inside, "landing")
        while self.landing.waiting() or not is_work_done(landing) or not self.store.is_there("ingest_log"):
            if not self.daemon.is_running():
                break
            if time.monotonic() > end:
                self.findings.append(f"STUCK   not quiet {QUIET_PATIENCE} s after a power cut; {self.daemon.last_words()}")
                break
            time.sleep(0.05)
        for pause in self.daemon.stop():
            time.sleep(pause)

    def check(self):
        checker = Checker(self.landing, self.store, self.inside)
        self.findings += self.daemon.findings + checker.check()
        self.rows = checker.rows
        # unsynced deliveries have their final outcome now, and must keep it
        self.volume.sync()
        for name, contents in checker.seen.items():
            for sha256, rows in contents.items():
                there = len(rows)
                for delivery in self.landing.deliveries:
                    if delivery.name == name and delivery.content.sha256 == sha256:
                        delivery.due, there = (MUST, there - 1) if there > 0 else (MUST_NOT, 0)
                        delivery.synced = True
        for delivery in self.landing.deliveries:
            if delivery.content.sha256 not in checker.seen.get(delivery.name, {}):
                delivery.due = MUST_NOT

    def end(self):
        self.landing.forget_steps()
        if self.daemon.process is not None:
            self.daemon.process.kill()
            self.daemon.process.wait()
        self.store.stop("QUIT")
        if not self.findings:
            self.volume.unmount()
            shutil.rmtree(self.directory)

    def report(self):
        whole = sum(1 for delivery in self.landing.deliveries if delivery.kept)
        print(f"{self.label}: {self.cuts} cuts, {len(self.landing.deliveries)} files, {whole} of them synced, {self.rows} rows, "
              f"{len(self.findings)} findings", flush=True)
        for finding in self.findings:
            print("  " + finding)
        if self.findings:
            print(f"  kept, and mounted: {self.directory}", flush=True)


def arguments():
    parser = argparse.ArgumentParser(prog="./dev powercut", description=__doc__.split("\n\n")[0])
    parser.add_argument("cuts", nargs="?", type=int, default=20, help="number of power cuts for each store (20)")
    parser.add_argument("--store", choices=["sqlite", "postgres", "both"], default="both")
    parser.add_argument("--fs", choices=["ext4", "xfs", "both"], default="both")
    parser.add_argument("--seed", type=int, help="seed of the first file system; each further one uses the next number")
    parser.add_argument("--binary", default=os.path.join(ROOT, "build/dev/longshore"), help="path of longshore")
    return parser.parse_args()


def main():
    options = arguments()
    seed = options.seed if options.seed is not None else Random().randrange(1_000_000)
    print(f"power cuts, first seed {seed}", flush=True)
    kinds = ["ext4", "xfs"] if options.fs == "both" else [options.fs]
    findings = 0
    for store in ["sqlite", "postgres"] if options.store == "both" else [options.store]:
        totals = {"cuts": 0, "files": 0, "rows": 0, "findings": 0}
        variants = [(kind, inside) for inside in ([False] if store == "sqlite" else [True, False]) for kind in kinds]
        of_a_volume = max(1, min(CUTS_OF_A_VOLUME, options.cuts // len(variants)))
        turn = 0
        while totals["cuts"] < options.cuts:
            kind, inside = variants[turn % len(variants)]
            turn += 1
            try:
                ride = Ride(store, kind, inside, seed, options.binary)
            except CannotMount as error:
                print(f"skipped: cannot mount a file system: {error}")
                return SKIPPED
            seed += 1
            ride.run(min(of_a_volume, options.cuts - totals["cuts"]))
            ride.report()
            for name, value in [("cuts", ride.cuts), ("files", len(ride.landing.deliveries)), ("rows", ride.rows), ("findings", len(ride.findings))]:
                totals[name] += value
            if ride.findings and not ride.cuts:
                break
        findings += totals["findings"]
        print(f"{store}: " + ", ".join(f"{count} {name}" for name, count in totals.items()), flush=True)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
