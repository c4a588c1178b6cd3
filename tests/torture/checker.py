"""Compares the tables, the ledger and the directories with what was delivered.

LOST     a required row or file is missing                    DOUBLED  a row or a file exists twice
TORN     a part of a file was loaded                          LEAKED   a row exists that no delivery explains
LATEST   the latest status of a vehicle is not the newest     LEDGER   the ledger's numbers do not add up
PLACE    a file is not in the place that the ledger names, or has other bytes
"""

import hashlib
import os
import re
import subprocess
from collections import Counter, defaultdict

from delivery import MAY, MUST, MUST_NOT, UNROUTED, is_temporary
from stores import horizons_of, ledger_of, rows_of

PROBES = (".longshore-", ".lock-", ".clock-")  # names of the files with which a start tests its directories
UNFINISHED = (b".packing-", b".housekeeping.lock")  # a compression that was killed, and the lock of housekeeping
SHOWN = 20  # findings of one kind that are printed


def unescape(text):
    """The bytes of a name that the ledger has escaped."""
    return re.sub(rb"\\(\\|x[0-9a-f]{2})", lambda found: b"\\" if found[1] == b"\\" else bytes([int(found[1][1:], 16)]),
                  text.encode("utf-8", "surrogateescape"))


def is_work_done(landing):
    """True if no file is claimed."""
    work = os.path.join(landing, ".work")
    return not any(not name.startswith(PROBES) for _, _, names in os.walk(work) for name in names)


class Checker:
    def __init__(self, landing, store, directory):
        self.landing, self.store, self.directory = landing, store, directory
        self.counts = Counter()
        self.findings = []
        self.horizons = {}  # feed -> the time before which its rows may be gone

    def find(self, kind, text):
        self.counts[kind] += 1
        if self.counts[kind] <= SHOWN:
            self.findings.append(f"{kind:8}{text}")

    def check(self):
        """Returns the findings."""
        trouble = self.store.integrity()
        if trouble:
            self.find("LEDGER", f"the database is damaged: {trouble}")
        self.ledger = ledger_of(self.store)
        self.horizons = horizons_of(self.store)
        self.hashes = {}
        self.check_places()
        self.check_arrivals()
        self.check_contents()
        self.check_tables()
        self.check_directories()
        for kind, count in self.counts.items():
            if count > SHOWN:
                self.findings.append(f"{kind:8}… and {count - SHOWN} more")
        return self.findings

    # ---- the files

    def archived(self, row):
        """The hash of the file in the place that the ledger names, as it was loaded."""
        if row["file_id"] not in self.hashes:
            place = os.path.join(os.fsencode(self.directory), *[unescape(part) for part in row["archive_path"].split("/")])
            try:
                with open(place, "rb") as file:
                    data = file.read()
                if row["packed_bytes"] is not None:
                    data = subprocess.run(["zstd", "-dcq"], input=data, capture_output=True, check=False).stdout
                self.hashes[row["file_id"]] = hashlib.sha256(data).hexdigest()
            except FileNotFoundError:
                self.hashes[row["file_id"]] = None
        return self.hashes[row["file_id"]]

    def check_places(self):
        # a writer that paused for too long continues in a claimed file: this can be detected, not prevented
        late = {d.name for d in self.landing.deliveries if d.due == MAY and d.manner in ("slow", "resumed")}
        unsynced = {d.content.sha256 for d in self.landing.deliveries if not d.kept}
        for row in self.ledger:
            if row["status"] in ("loading", UNROUTED) or row["purged_at"]:
                continue
            if not row["archive_path"]:
                self.find("PLACE", f"{row['file_name']}: the ledger has no place for file {row['file_id']}")
            elif self.archived(row) is None:
                self.find("PLACE", f"{row['file_name']}: not in {row['archive_path']} (file {row['file_id']}, {row['status']})")
            elif row["sha256"] and self.archived(row) != row["sha256"] and row["sha256"] not in unsynced and \
                    unescape(row["file_name"]) not in late:
                self.find("PLACE", f"{row['file_name']}: the bytes in {row['archive_path']} differ from those that were read")
        places = Counter(row["archive_path"] for row in self.ledger if row["archive_path"] and not row["purged_at"])
        for place, count in places.items():
            if count > 1:
                self.find("PLACE", f"{place}: the ledger names it for {count} files")
        # a daemon may have been killed before it removed a file that was purged or compressed
        named = {row["archive_path"] for row in self.ledger if row["archive_path"]}
        named |= {f"{place}.zst" for place in named} | {place.removesuffix(".zst") for place in named}
        known = {os.path.join(*[unescape(part) for part in place.split("/")]) for place in named}
        for shelf in ("processed", "failed"):
            root = os.path.join(os.fsencode(self.directory), shelf.encode())
            for directory, _, names in os.walk(root):
                for name in names:
                    path = os.path.relpath(os.path.join(directory, name), os.fsencode(self.directory))
                    if path not in known and not name.endswith(b".reason.txt") and not name.startswith(UNFINISHED):
                        self.find("PLACE", f"{path!r}: not in the ledger")

    def check_directories(self):
        work = os.path.join(self.directory, "landing", ".work")
        for directory, _, names in os.walk(work):
            for name in names:
                if directory == work and name.startswith(PROBES):
                    continue  # a start was killed while it tested the directory; a later start removes this
                self.find("PLACE", f"left in .work: {os.path.join(directory, name)}")
        for name in os.listdir(self.landing.path):
            if name == b".work" or (self.landing.recursive and os.path.isdir(os.path.join(self.landing.path, name))):
                continue
            if name not in self.landing.untouchable:
                if not name.startswith(b".longshore-") and (self.landing.syncing is None or not is_temporary(name)):
                    self.find("PLACE", f"left in landing: {name!r}")
        for name in self.landing.left() if self.landing.recursive else ():
            self.find("PLACE", f"left in landing: {name!r}")
        for name, data in self.landing.untouchable.items():
            path = os.path.join(self.landing.path, name)
            if not os.path.lexists(path):
                if self.landing.syncing is None:
                    self.find("LOST", f"{name!r}: must not be touched, but is gone")
            elif data is not None and self.landing.syncing is None:
                with open(path, "rb") as file:
                    if file.read() != data:
                        self.find("TORN", f"{name!r}: must not be touched, but was changed")

    # ---- the ledger, arrival by arrival

    def check_arrivals(self):
        wanted = defaultdict(lambda: defaultdict(list))  # name, hash -> deliveries
        for delivery in self.landing.deliveries:
            wanted[delivery.name][delivery.content.sha256].append(delivery)
        self.recorded = set()   # hashes of contents in the ledger
        self.seen = seen = defaultdict(lambda: defaultdict(list))
        for row in self.ledger:
            name = unescape(row["file_name"])
            if row["status"] == "loading":
                self.find("LEDGER", f"{row['file_name']}: still loading (file {row['file_id']})")
                continue
            if row["status"] == UNROUTED:
                sha256 = next(iter(wanted[name]), None)
            else:
                sha256 = row["sha256"] or self.archived(row)
            if sha256 not in wanted[name]:
                uncertain = self.landing.syncing is not None or any(d.due == MAY for ds in wanted[name].values() for d in ds)
                if uncertain and row["status"] == "failed":
                    continue  # a power cut left only a part of the delivery, or its writer paused
                self.find("TORN", f"{row['file_name']}: file {row['file_id']} is {row['status']} with bytes that were not delivered")
                continue
            seen[name][sha256].append(row)
            self.recorded.add(sha256)
            self.check_row(row, wanted[name][sha256][0].content)
        for name, contents in wanted.items():
            for sha256, deliveries in contents.items():
                there = len(seen[name][sha256])
                least = sum(1 for d in deliveries if d.due == MUST and (d.synced or self.landing.syncing is None))
                most = sum(1 for d in deliveries if d.due != MUST_NOT)
                if there < least:
                    self.find("LOST", f"{name!r} ({deliveries[0].manner}, {deliveries[0].content.outcome}): "
                                      f"{there} of {least} arrivals are in the ledger")
                if there > most:
                    ids = [row["file_id"] for row in seen[name][sha256]]
                    self.find("DOUBLED", f"{name!r} ({deliveries[0].manner}): {there} rows in the ledger for {most} arrivals: {ids}")

    def check_row(self, row, content):
        label = f"{row['file_name']}: file {row['file_id']}"
        if content.outcome == UNROUTED or row["status"] == UNROUTED:
            if row["status"] != content.outcome:
                self.find("LEDGER", f"{label} is {row['status']}, not {content.outcome}")
            return
        may_expire = row["feed"] in self.horizons and content.outcome != "failed"  # its records may be behind the horizon
        if row["status"] not in (content.outcome, *(["duplicate"] if content.outcome != "failed" else []), *(["partial"] if may_expire else [])):
            self.find("LOST" if row["status"] == "failed" else "LEDGER",
                      f"{label} is {row['status']} ({row['error']}), not {content.outcome}")
        elif row["status"] in ("loaded", "partial"):
            expired = max(0, row["rows_rejected"] - content.rejected) if may_expire else 0
            counts = (row["records"], row["rows_rejected"] - expired, row["rows_loaded"] + row["rows_duplicate"] + expired)
            if counts != (content.records, content.rejected, content.records - content.rejected):
                self.find("LEDGER", f"{label} has records, rejects, rows {counts}, delivered were "
                                    f"{(content.records, content.rejected, content.records - content.rejected)}")
        elif row["status"] == "failed" and not row["error"]:
            self.find("LEDGER", f"{label} failed without a reason")

    def check_contents(self):
        """Checks that each content was loaded by exactly one file, and that its duplicates name that file."""
        loaders, duplicates = defaultdict(list), []
        for row in self.ledger:
            if row["status"] in ("loaded", "partial"):
                loaders[row["feed"], row["sha256"]].append(row["file_id"])
            elif row["status"] == "duplicate":
                duplicates.append(row)
        for (_, sha256), ids in loaders.items():
            if len(ids) > 1:
                self.find("DOUBLED", f"the content {sha256} was loaded by files {ids}")
        for row in duplicates:
            if row["sha256"] and loaders[row["feed"], row["sha256"]] != [row["duplicate_of"]]:
                self.find("LOST", f"{row['file_name']}: file {row['file_id']} is a duplicate of {row['duplicate_of']}, but its content "
                                  f"was loaded by {loaders[row['feed'], row['sha256']]}")

    # ---- the data

    def check_tables(self):
        expected = {feed: set() for feed in self.landing.feeds}
        brought_by = {}
        for delivery in self.landing.deliveries:
            content = delivery.content
            if content.rows and (content.sha256 in self.recorded):
                expected[content.feed] |= content.rows
        for delivery in self.landing.deliveries:
            for row in delivery.content.rows if delivery.content.sha256 in self.recorded else ():
                brought_by.setdefault((delivery.content.feed, row), delivery)
        self.rows = 0
        for feed, wanted in expected.items():
            rows = rows_of(self.store, feed)
            self.rows += len(rows)
            there = Counter(row for row, _ in rows)
            for row, count in there.items():
                if count > 1:
                    self.find("DOUBLED", f"{feed}: {count} times {row}")
            for row in there.keys() - wanted:
                self.find("LEAKED", f"{feed}: {row} of file {[i for r, i in rows if r == row]}")
            for row in wanted - there.keys():
                if row[1] < self.horizons.get(feed, ""):
                    continue
                delivery = brought_by[feed, row]
                self.find("LOST", f"{feed}: {row} of {delivery.name!r}")
            by_file = Counter(file_id for _, file_id in rows)
            for entry in self.ledger:
                if entry["feed"] == feed:
                    claimed = (entry["rows_loaded"] or 0) - (entry["rows_purged"] or 0) if entry["status"] in ("loaded", "partial") else 0
                    if by_file[entry["file_id"]] != claimed:
                        self.find("LEDGER", f"{entry['file_name']}: file {entry['file_id']} ({entry['status']}) says {claimed} rows, "
                                            f"the table has {by_file[entry['file_id']]} of it")
                    del by_file[entry["file_id"]]
            for file_id, count in by_file.items():
                self.find("LEAKED", f"{feed}: {count} rows of file {file_id}, which is not in the ledger")
        self.check_latest(expected["vehicles_status"])

    def check_latest(self, reports):
        newest = {}
        for vehicle, time, status in reports:
            candidate = (time, status.encode())
            if vehicle not in newest or candidate > newest[vehicle]:
                newest[vehicle] = candidate
        stored = {vehicle: (time, status.encode()) for vehicle, time, status in
                  self.store.select("vehicle_id, report_time, status", "vehicle_status")}
        for vehicle in newest.keys() | stored.keys():
            if newest.get(vehicle) != stored.get(vehicle):
                self.find("LATEST", f"{vehicle}: {stored.get(vehicle)}, the newest report is {newest.get(vehicle)}")
