"""Documents for the torture stream, each with the rows that the tables must have afterwards.

The expected rows follow docs/input.md alone; no code is shared with the daemon.
"""

import gzip
import hashlib
import json
import math
from dataclasses import dataclass, field

EPOCH_SECONDS = 1_650_000_000  # 2022-04-15T05:20:00Z
SPAN_SECONDS = 200_000         # of the times in documents: three days begin or end in it
ENVELOPES = {"objects_detection": "objects_detection_events", "vehicles_status": "vehicle_status", "readings": "readings"}
STATUSES = ["driving", "parking", "accident", "refuelling", "Panne \u00fc", "a\\.b", "quo'te\"d", "tab\tnewline\n"]
TYPES = ["cars", "pedestrians", "trucks", "\\.", "\\N", "{a,b}", "null", "\u732b", "x'y\"z\\"]


@dataclass
class Content:
    """Bytes and their expected result. `outcome` is loaded, partial or failed."""

    feed: str
    data: bytes
    outcome: str
    rows: frozenset = frozenset()  # as in the tables
    records: int = 0
    rejected: int = 0
    packed: bool = False
    sha256: str = field(init=False)

    def __post_init__(self):
        self.sha256 = hashlib.sha256(self.data).hexdigest()


def canonical(micros):
    """Formats microseconds since 1970 as both stores do."""
    seconds, fraction = divmod(micros, 1_000_000)
    days, seconds = divmod(seconds, 86_400)
    # computes the calendar date from a day number, so that the result does not depend on a time library
    days += 719_468
    era, day_of_era = divmod(days, 146_097)
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * shifted + 2) // 5 + 1
    month = shifted + 3 if shifted < 10 else shifted - 9
    year = year_of_era + 400 * era + (month <= 2)
    return (f"{year:04}-{month:02}-{day:02}T{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
            f".{fraction:06}Z")


class Author:
    """Writes documents. The same seed gives the same documents."""

    def __init__(self, random):
        self.random = random
        self.vehicles = [f"{random.getrandbits(128):032x}" for _ in range(60)] + ["vehicle \u00fc", "o'hare", "a\\b"]
        self.pool = {feed: [] for feed in ENVELOPES}  # records of earlier documents, to be repeated
        self.makers = {"objects_detection": self.event, "vehicles_status": self.report, "readings": self.reading}
        self.number = 0

    def write(self, feed, records, kind="good", packed=False, lines=False):
        """kind: good, partial, or the name of an error that makes the whole file fail."""
        self.number += 1
        private = kind not in ("good", "partial")  # records of a failed file are in no other file, so a leaked row is detected
        texts, rows, rejected = [], set(), 0
        for _ in range(records):
            text, row = self.record(feed, private)
            texts.append(text)
            rows.add(row)
        if kind in ("partial", "nothing_good"):
            bad = [self.bad_record(feed) for _ in range(self.random.randint(1, 3))]
            rejected = len(bad)
            if kind == "nothing_good":
                texts, rows = [], set()
            for text in bad:
                texts.insert(self.random.randint(0, len(texts)), text)
        total = len(texts)
        data = self.enclose(feed, texts, lines and kind in ("good", "partial"))
        if kind == "good" or kind == "partial":
            outcome = "partial" if rejected else "loaded"
            return Content(feed, self.pack(data, packed), outcome, frozenset(rows), total, rejected, packed)
        return Content(feed, self.pack(self.spoil(data, kind), packed), "failed", packed=packed)

    def pack(self, data, packed):
        return gzip.compress(data, compresslevel=1, mtime=0) if packed else data

    def enclose(self, feed, texts, lines):
        if lines and texts:
            return ("\n".join(texts) + "\n").encode()
        blank = self.random.choice(["", " ", "\n  "])
        # an additional member with a number makes the bytes of each document unique
        return (f'{{"sequence":{self.number},"{ENVELOPES[feed]}":[{("," + blank).join(texts)}]{blank}}}').encode()

    def spoil(self, data, kind):
        if kind == "nothing_good":
            return data
        if kind == "empty":
            return b""
        if kind == "cut":
            return data[: self.random.randint(1, len(data) - 3)]
        if kind == "oops":
            return data[: data.rindex(b"]")] + b",oops]}"
        if kind == "nul":
            return data + b"\0" + data
        if kind == "no_utf8":
            return data[:-1] + b',"x":"\xff"}'
        if kind == "no_envelope":
            return b'{"sequence":' + str(self.number).encode() + b',"something":[]}'
        raise ValueError(kind)

    def record(self, feed, private):
        pool = self.pool[feed]
        if pool and not private and self.random.random() < 0.15:
            return self.random.choice(pool)
        made = self.makers[feed](private)
        if not private:
            if len(pool) < 2000:
                pool.append(made)
            else:
                pool[self.random.randrange(2000)] = made
        return made

    def vehicle(self, private):
        return f"never-{self.random.getrandbits(64):x}" if private else self.random.choice(self.vehicles)

    def time(self):
        """Returns the text as a producer writes it, and microseconds since 1970."""
        # few distinct times, so that equal times and late reports are common
        micros = (EPOCH_SECONDS + self.random.randrange(SPAN_SECONDS)) * 1_000_000
        form = self.random.randrange(4)
        if form == 0:
            return canonical(micros)[:19] + "Z", micros
        if form == 1:
            return canonical(micros)[:19], micros
        if form == 2:
            micros += self.random.randrange(1000) * 1000
            return canonical(micros)[:23] + "Z", micros
        micros += self.random.randrange(1_000_000)
        hours = self.random.randint(-11, 11)
        return canonical(micros + hours * 3_600_000_000)[:26] + f"999{'-' if hours < 0 else '+'}{abs(hours):02}:00", micros

    def event(self, private):
        vehicle, (time, micros) = self.vehicle(private), self.time()
        seen = [(self.random.choice(TYPES), self.random.randrange(10)) for _ in range(self.random.randrange(5))]
        detections = [{"object_type": name, "object_value": value} for name, value in seen]
        text = self.text({"vehicle_id": vehicle, "detection_time": time, "detections": detections})
        return text, (vehicle, canonical(micros), tuple(name for name, _ in seen), tuple(value for _, value in seen))

    def report(self, private):
        vehicle, (time, micros), status = self.vehicle(private), self.time(), self.random.choice(STATUSES)
        return self.text({"vehicle_id": vehicle, "report_time": time, "status": status}), (vehicle, canonical(micros), status)

    def reading(self, private):
        vehicle, (time, micros), level = self.vehicle(private), self.time(), self.random.randrange(1000)
        return self.text({"vehicle_id": vehicle, "measured": time, "level": level}), (vehicle, canonical(micros), str(level))

    def text(self, record):
        members = list(record.items())
        self.random.shuffle(members)
        return json.dumps(dict(members), ensure_ascii=self.random.random() < 0.5)

    def bad_record(self, feed):
        vehicle = self.vehicle(True)
        if feed == "readings":
            return json.dumps(self.random.choice([{"vehicle_id": vehicle, "level": 1}, {"measured": "2022-04-16T00:00:00Z", "level": 1},
                                                  {"vehicle_id": vehicle, "measured": "2022-04-16T00:00:00Z", "level": "high"}]))
        if feed == "vehicles_status":
            return json.dumps(self.random.choice([
                {"vehicle_id": vehicle}, {"vehicle_id": vehicle, "report_time": "yesterday", "status": "x"},
                {"vehicle_id": vehicle, "report_time": "2024-02-30T00:00:00Z", "status": "x"},
                {"vehicle_id": vehicle, "report_time": "2024-01-01T00:00:00Z", "status": 7}]))
        return json.dumps(self.random.choice([
            {}, {"vehicle_id": vehicle, "detection_time": "now", "detections": []},
            {"vehicle_id": vehicle, "detection_time": "2024-01-01T00:00:00Z"},
            {"vehicle_id": vehicle, "detection_time": "2024-01-01T00:00:00Z",
             "detections": [{"object_type": "cars", "object_value": -1}]},
            {"vehicle_id": "", "detection_time": "2024-01-01T00:00:00Z", "detections": []}]))


FAULTS = ["cut", "cut", "oops", "nul", "no_utf8", "no_envelope", "empty", "nothing_good"]


def records_for(random, size):
    """small: 1 to 50 records, mostly few. large: above the limit of small files."""
    if size == "large":
        return random.randint(900, 3000)
    return max(1, int(math.exp(random.uniform(0, math.log(50)))))
