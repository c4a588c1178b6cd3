"""Input from `longshore generate`. Each kind is generated once per case."""

import glob
import json
import os
import shutil
import time
from dataclasses import dataclass, fields

DETECTIONS_OF_A_RECORD = 3.5  # average of the generator


@dataclass
class Input:
    """Files, and the counts that a correct loader must find, as reported by the generator."""

    files: list
    bytes: int
    records: int
    rows: int
    duplicates: int
    rejects: int
    detections: int
    vehicles: int  # vehicles with at least one row

    def __add__(self, other):
        """Both together. A vehicle that is in both counts twice."""
        return Input(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))

    def __str__(self):
        what = f"{len(self.files)} files" if len(self.files) > 1 else "one file"
        counts = f"{millions(self.records)} records" + (f", {millions(self.detections)} detections" if self.detections else "")
        return f"{what}, {counts}, {self.bytes / 1e6:.0f} MB"


class Data:
    def __init__(self, longshore, directory):
        self.longshore, self.directory = longshore, directory
        self.made = {}

    def detections(self, count, files=1, vehicles=10_000, **options):
        """About `count` detections in total. No repeated or bad records unless `options` ask for them."""
        return self.make("objects_detection", vehicles, files=files, records=at_least_one(count / DETECTIONS_OF_A_RECORD / files), **options)

    def statuses(self, count, files=1, vehicles=10_000, **options):
        return self.make("vehicles_status", vehicles, files=files, records=at_least_one(count / files), **options)

    def of_size(self, size, files=1, vehicles=10_000, **options):
        """Detections, `size` bytes of JSON in total."""
        return self.make("objects_detection", vehicles, files=files, size=size, **options)

    def small_files(self, count):
        """`count` files of 1 to 5 detection events, a fifth of them of each size."""
        sizes = [self.make("objects_detection", 10_000, files=at_least_one(count / 5), records=records, days=28,
                           start=f"2022-0{records}-01T00:00:00Z") for records in range(1, 6)]
        return sum(sizes[1:], sizes[0])

    def make(self, feed, vehicles, **options):
        """`options` are those of `longshore generate`: duplicates=0.01, start="2022-07-01T00:00:00Z", ndjson=True …"""
        options = {"vehicles": vehicles, "duplicates": 0, "rejects": 0, **options}
        key = json.dumps([feed, options], sort_keys=True)
        if key not in self.made:
            self.made[key] = self.generate(feed, options)
        return self.made[key]

    def generate(self, feed, options):
        directory = os.path.join(self.directory, str(len(self.made)))
        os.makedirs(directory)
        words = [word for name, value in options.items() for word in (f"--{name}", *([] if value is True else [str(value)]))]
        summary = json.loads(self.longshore.run("generate", directory, "--feed", feed, *words, "--json").output)
        files = sorted(glob.glob(os.path.join(directory, "*")))
        look_at_rest(files)
        os.sync()  # otherwise the kernel writes it during a measurement
        return Input(files, summary["bytes"], summary["records"], summary["rows"], summary["duplicates"], summary["rejects"],
                     summary.get("detections", 0), summary["vehicles"])

    def clean(self):
        self.made = {}
        shutil.rmtree(self.directory, ignore_errors=True)


def at_least_one(count):
    return max(1, round(count))


def look_at_rest(files):
    """Sets the mtime to an hour ago, because `run --once` waits for files that have just been written."""
    an_hour_ago = time.time() - 3600
    for file in files:
        os.utime(file, (an_hour_ago, an_hour_ago))


def millions(count):
    return f"{count / 1e6:.3g} M" if count >= 100_000 else f"{count:,}"
