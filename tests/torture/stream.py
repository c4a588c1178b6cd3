"""The torture stream: delivers documents in all the ways that producers use, and records what it delivered.

Each delivery is a generator that does one step and yields the seconds until its next step. Many run at once in one thread, in an
order that depends on the seed.
"""

import heapq
import os
import time
from random import Random

from crowds import Crowds
from delivery import is_temporary
from documents import FAULTS, Author, records_for
from manners import MANNERS, Manners
FEEDS = ("objects_detection", "objects_detection", "vehicles_status")


class Landing(Manners, Crowds):
    """The producers of a landing directory."""

    def __init__(self, path, beside, random, patience, syncing=None, recursive=False, feeds=FEEDS):
        self.path, self.beside, self.random = os.fsencode(path), os.fsencode(beside), random
        self.patience = patience  # after a pause longer than this, a file may be judged although its writer is still alive
        self.feeds = feeds        # names, the more frequent ones several times
        self.recursive = recursive  # the daemons look into directories: a name may be a path
        self.syncing = syncing    # share of the uploads that are synced; None without power cuts
        os.makedirs(self.beside, exist_ok=True)
        self.author = Author(Random(random.getrandbits(64)))  # own generator, so that timing does not change documents
        self.deliveries = []
        self.delivered = []       # contents that can be delivered again
        self.by_name = {}         # the last delivery renamed to a name
        self.untouchable = {}     # names that the daemon must not touch, with their bytes
        self.number = 0
        self._due = []
        self._sequence = 0

    # ---- running

    def start(self, generator):
        self._sequence += 1
        heapq.heappush(self._due, (time.monotonic(), self._sequence, generator))

    def run(self):
        """Does every step whose time has come."""
        now = time.monotonic()
        while self._due and self._due[0][0] <= now:
            _, _, generator = heapq.heappop(self._due)
            try:
                pause = next(generator)
            except StopIteration:
                continue
            self._sequence += 1
            heapq.heappush(self._due, (now + pause, self._sequence, generator))

    def is_idle(self):
        return not self._due

    def forget_steps(self):
        """Drops all running deliveries, as a power cut does."""
        self._due.clear()

    def waiting(self):
        """Number of names that a daemon still has to claim."""
        return len(self.left())

    def left(self):
        """The paths of files that a daemon still has to claim. It claims none that is not a plain file."""
        left = []
        for directory, below, names in os.walk(self.path):
            below[:] = [name for name in below if not is_temporary(name)] if self.recursive else []
            paths = [os.path.relpath(os.path.join(directory, name), self.path) for name in names]
            left += [path for path in paths if path not in self.untouchable and not is_temporary(os.path.basename(path))]
        return left

    # ---- what is delivered

    def step(self):
        """Starts one more delivery."""
        dice = self.random.random()
        if dice < 0.02 and self.syncing is None:
            return self.start(self.unrouted())
        if dice < 0.03:
            return self.leave_alone()
        if dice < 0.13 and self.delivered:
            return self.repeat()
        if dice < 0.15:
            return self.burst()
        if self.recursive and dice < 0.17:
            return self.start(self.directory())
        if self.recursive and dice < 0.20:
            return self.remove_empty()
        content = self.new_content()
        manner = self.random.choice(MANNERS)
        if content.packed and manner in ("slow", "resumed"):
            manner = "rename"  # the end of a compressed file does not show whether it is whole
        if manner == "held" and self.syncing is not None:
            manner = "slow"  # a power cut would leave a part that may look whole
        if content.data == b"" and manner in ("slow", "resumed"):
            manner = "in_place"
        self.start(getattr(self, manner)(self.new_name(content), content))

    def new_content(self):
        random = self.random
        feed = random.choice(self.feeds)
        kind = random.choices(["good", "partial", "bad"], [80, 8, 12])[0]
        size = "large" if random.random() < 0.06 else "small"
        packed = random.random() < 0.05
        content = self.author.write(feed, records_for(random, size), random.choice(FAULTS) if kind == "bad" else kind, packed,
                                    lines=random.random() < 0.1 and self.syncing is None)
        self.delivered.append(content)
        return content

    def new_name(self, content):
        self.number += 1
        stem = b"%s_%06d" % (content.feed.encode(), self.number)
        dice = self.random.random()
        if dice < 0.03:
            stem += self.random.choice([b"\n", b"\x1b[31m", b"\xff\xfe", b"'\"", b"$(reboot)", b"\\x41\\", b"%s%n", "\u00fc".encode(), b" "])
        elif dice < 0.04:
            stem += b"x" * (255 - len(stem) - 8)
        return self.new_directory() + stem + (b".json.gz" if content.packed else b".json")

    def new_directory(self):
        """The beginning of a name: few directories, so that they are used again, empty, removed and created again."""
        if not self.recursive or self.random.random() < 0.4:
            return b""
        parts = [b"d%d" % self.random.randrange(12) for _ in range(self.random.choice([1, 1, 1, 2, 3]))]
        return b"/".join(parts) + b"/"
