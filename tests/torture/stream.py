"""The torture stream: delivers documents in all the ways that producers use, and records what it delivered.

Each delivery is a generator that does one step and yields the seconds until its next step. Many run at once in one thread, in an
order that depends on the seed.
"""

import heapq
import os
import time
from dataclasses import dataclass
from random import Random

from documents import FAULTS, Author, Content, records_for

MUST, MAY, MUST_NOT = "must", "may", "must not"  # whether the ledger must have a row for it
UNROUTED = "unrouted"

MANNERS = ["rename"] * 6 + ["rename_from_beside"] * 2 + ["link"] * 2 + ["in_place"] * 4 + ["slow"] * 2 + [
    "tmpfile", "tmpfile", "resumed", "touched", "vanish", "replace", "replace", "over_again", "held", "held"]


def is_temporary(name):
    """True for an upload in progress, or what a power cut left of one."""
    return name.startswith(b".") or name.endswith((b".tmp", b".part", b"~"))


@dataclass
class Delivery:
    name: bytes
    content: Content
    manner: str
    due: str = MUST
    synced: bool = True  # it must survive a power cut whole
    kept: bool = True    # the archive must have its bytes; an unsynced upload may be empty there


class Landing:
    """The producers of a landing directory."""

    def __init__(self, path, beside, random, patience, syncing=None, recursive=False):
        self.path, self.beside, self.random = os.fsencode(path), os.fsencode(beside), random
        self.patience = patience  # after a pause longer than this, a file may be judged although its writer is still alive
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
        feed = random.choice(["objects_detection", "objects_detection", "vehicles_status"])
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

    def place(self, name):
        """The path of a name, whose directory exists now: it may have been removed since the name was made."""
        path = os.path.join(self.path, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def deliver(self, name, content, manner, due=MUST):
        delivery = Delivery(name, content, manner, due, synced=False, kept=self.syncing is None)
        self.deliveries.append(delivery)
        return delivery

    def write(self, path, data, flags=os.O_CREAT | os.O_EXCL):
        fd = os.open(path, os.O_WRONLY | flags, 0o644)
        try:
            self.write_to(fd, data)
        finally:
            os.close(fd)
        return self._synced_now

    def write_to(self, fd, data):
        while data:
            data = data[os.write(fd, data):]
        self._synced_now = self.syncing is not None and self.random.random() < self.syncing
        if self._synced_now:
            os.fsync(fd)

    def sync_directory(self):
        fd = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)

    def finish(self, delivery, synced):
        """Marks a delivery as done. What was synced must survive a power cut."""
        if synced and self.syncing is not None:
            self.sync_directory()
            delivery.synced = delivery.kept = True

    def rename_in(self, source, delivery, synced):
        """Renames onto a name that may exist. An open descriptor shows afterwards whether the old file was replaced or claimed."""
        target = self.place(delivery.name)
        before = None
        try:
            before = os.open(target, os.O_RDONLY | os.O_NOFOLLOW)
        except FileNotFoundError:
            pass
        os.rename(source, target)
        if before is not None:
            if os.fstat(before).st_nlink == 0:
                # after a power cut the replaced file may exist again
                self.by_name[delivery.name].due = MUST_NOT if self.syncing is None else MAY
            os.close(before)
        self.by_name[delivery.name] = delivery
        self.finish(delivery, synced)

    # ---- ways of delivery

    def rename(self, name, content):
        self.number += 1
        temporary = os.path.join(self.path, self.random.choice([b".%d.upload", b"upload%d.tmp", b"%d.part", b"%d~"]) % self.number)
        delivery = self.deliver(name, content, "rename")
        synced = self.write(temporary, content.data)
        if self.random.random() < 0.3:
            yield self.random.uniform(0, 0.3)
        self.rename_in(temporary, delivery, synced)

    def rename_from_beside(self, name, content):
        self.number += 1
        temporary = os.path.join(self.beside, b"%d" % self.number)
        delivery = self.deliver(name, content, "rename from beside")
        synced = self.write(temporary, content.data)
        self.rename_in(temporary, delivery, synced)
        return
        yield

    def link(self, name, content):
        self.number += 1
        temporary = os.path.join(self.path, b".%d.sftp" % self.number)
        delivery = self.deliver(name, content, "link")
        synced = self.write(temporary, content.data)
        os.link(temporary, self.place(name))
        if self.random.random() < 0.5:
            yield self.random.uniform(0, 0.2)
        os.unlink(temporary)
        self.finish(delivery, synced)

    def tmpfile(self, name, content):
        delivery = self.deliver(name, content, "tmpfile")
        fd = os.open(self.path, os.O_TMPFILE | os.O_WRONLY, 0o644)
        try:
            self.write_to(fd, content.data)
            synced = self._synced_now
            self.place(name)
            directory = os.open(self.path, os.O_RDONLY)
            try:
                # with a directory's descriptor Python calls linkat(AT_SYMLINK_FOLLOW)
                os.link(b"/proc/self/fd/%d" % fd, name, dst_dir_fd=directory)
            finally:
                os.close(directory)
        finally:
            os.close(fd)
        self.finish(delivery, synced)
        return
        yield

    def in_place(self, name, content):
        delivery = self.deliver(name, content, "in place")
        self.finish(delivery, self.write(self.place(name), content.data))
        return
        yield

    def touched(self, name, content):
        """scp -p and other tools set the times by name after they closed the file."""
        delivery = self.deliver(name, content, "touched")
        path = self.place(name)
        synced = self.write(path, content.data)
        yield 0.02
        try:
            os.utime(path, (1_600_000_000, 1_600_000_000))
        except FileNotFoundError:
            pass  # this machine was slower than close_delay
        self.finish(delivery, synced)

    def slow(self, name, content):
        """Writes in pieces, none of which looks like a whole file."""
        delivery = self.deliver(name, content, "slow")
        fd = os.open(self.place(name), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        try:
            begin, last = 0, time.monotonic()
            for end in self.pieces(content.data):
                self.write_to(fd, content.data[begin:end])
                if self.stood_still(last):
                    delivery.due = MAY
                begin, last = end, time.monotonic()
                if end < len(content.data):
                    yield self.random.uniform(0.02, 0.4)
            if self.syncing is not None:
                os.fsync(fd)
        finally:
            os.close(fd)
        self.finish(delivery, True)

    def held(self, name, content):
        """Renames a file in while it is open, at any byte, and writes the rest after a pause of any length."""
        self.number += 1
        temporary = os.path.join(self.path, b".%d.held" % self.number)
        delivery = self.deliver(name, content, "held")
        fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        try:
            middle = self.random.randint(0, len(content.data))
            self.write_to(fd, content.data[:middle])
            os.rename(temporary, self.place(name))
            yield self.random.uniform(0.1, 2 * self.patience)
            self.write_to(fd, content.data[middle:])
        finally:
            os.close(fd)
        self.finish(delivery, False)

    def resumed(self, name, content):
        """The upload is interrupted, its file is closed, and it is resumed later."""
        middle = self.pieces(content.data)[0]
        if middle == len(content.data):  # every shorter piece would look whole
            yield from self.in_place(name, content)
            return
        delivery = self.deliver(name, content, "resumed")
        path = self.place(name)
        self.write(path, content.data[:middle])
        began = time.monotonic()
        yield self.random.uniform(0.1, self.patience * 0.5)
        try:
            self.finish(delivery, self.write(path, content.data[middle:], os.O_APPEND))
        except FileNotFoundError:
            if not self.stood_still(began):
                raise
        if self.stood_still(began):
            delivery.due = MAY

    def vanish(self, name, content):
        delivery = self.deliver(name, content, "vanish")
        self.number += 1
        temporary = os.path.join(self.path, b".%d.vanish" % self.number)
        self.write(temporary, content.data)
        os.rename(temporary, self.place(name))
        delivery.due = MAY  # until it is known whether the daemon was first
        yield self.random.choice([0, 0.005, 0.05])
        try:
            os.unlink(os.path.join(self.path, name))
            if self.syncing is None:
                delivery.due = MUST_NOT
        except FileNotFoundError:
            delivery.due = MUST

    def replace(self, name, content):
        """Replaces a file while the daemon may be claiming it."""
        yield from self.rename(name, content)
        for _ in range(self.random.randint(1, 4)):
            yield self.random.choice([0, 0.001, 0.01, 0.1])
            other = self.new_content()
            if other.packed == content.packed and other.feed == content.feed:
                yield from self.rename(name, other)

    def over_again(self, name, content):
        """Delivers one name again and again with different bytes."""
        for _ in range(5):
            yield from self.rename(name, content)
            yield self.random.uniform(0, 0.5)
            content = self.author.write(content.feed, 3, packed=content.packed)
            self.delivered.append(content)

    def repeat(self):
        """Delivers the same bytes again, under the same name or another."""
        content = self.random.choice(self.delivered[-500:])
        names = [name for name, last in list(self.by_name.items())[-200:]
                 if last.content.feed == content.feed and last.content.packed == content.packed]
        name = self.random.choice(names) if names and self.random.random() < 0.3 else self.new_name(content)
        self.start(self.rename(name, content))

    def burst(self):
        """Delivers the same bytes under many names at once."""
        content = self.new_content()
        for _ in range(self.random.randint(10, 40)):
            self.start(self.rename(self.new_name(content), content))

    def directory(self):
        """Moves in a whole directory with files, from beside landing or from a hidden name in it."""
        self.number += 1
        parent = self.random.choice([self.beside, self.path])
        built = os.path.join(parent, b".built%d" % self.number)
        target = self.new_directory() + b"moved%d" % self.number
        deliveries = []
        for _ in range(self.random.randint(1, 12)):
            content = self.new_content()
            self.number += 1
            name = self.random.choice([b"", b"x/", b"x/y/"]) + b"%s_%06d.json" % (content.feed.encode(), self.number)
            name += b".gz" if content.packed else b""
            os.makedirs(os.path.dirname(os.path.join(built, name)), exist_ok=True)
            self.write(os.path.join(built, name), content.data)
            deliveries.append(self.deliver(target + b"/" + name, content, "directory"))
            if self.random.random() < 0.2:
                yield self.random.uniform(0, 0.1)
        os.rename(built, self.place(target))
        for delivery in deliveries:
            self.by_name[delivery.name] = delivery
            self.finish(delivery, False)

    def remove_empty(self):
        """Removes the directories that are empty now, as producers do when a day is over."""
        for directory, below, _ in os.walk(self.path, topdown=False):
            below_path = os.path.relpath(directory, self.path)
            if below_path != b"." and not below_path.startswith(b".") and below_path not in self.untouchable:
                try:
                    os.rmdir(directory)
                except OSError:
                    pass  # it is not empty

    def unrouted(self):
        self.number += 1
        name = self.random.choice([b"readme_%d.txt", b"OBJECTS_detection_%d.json", b"objects_detection_%d.json.bak"]) % self.number
        content = Content("", b"whatever %d" % self.number, UNROUTED)
        delivery = self.deliver(name, content, "unrouted")
        self.untouchable[name] = content.data
        temporary = os.path.join(self.beside, name)
        synced = self.write(temporary, content.data)
        os.rename(temporary, os.path.join(self.path, name))
        self.finish(delivery, synced)
        return
        yield

    def leave_alone(self):
        """Creates what a daemon must not touch: uploads in progress, links, pipes, directories."""
        self.number += 1
        name = b"objects_detection_%d.json" % self.number
        path = os.path.join(self.path, name)
        kind = self.random.randrange(4)
        if kind == 0:
            name += self.random.choice([b".part", b".tmp", b"~", b".swp", b".filepart", b".crdownload"])
            self.write(os.path.join(self.path, name), b"[")
            self.untouchable[name] = b"["
            return
        if kind == 1:
            os.symlink(b"/etc/passwd", path)
        elif kind == 2:
            os.mkfifo(path)
        else:
            os.mkdir(path)
        self.untouchable[name] = None

    # ---- helpers

    def stood_still(self, since):
        return time.monotonic() - since > self.patience * 0.7

    def pieces(self, data):
        """Returns the ends of pieces. Only the last piece ends like a whole document."""
        ends = set()
        for _ in range(self.random.randint(1, 6)):
            end = self.random.randint(1, max(1, len(data) - 1))
            while end < len(data) and data[:end].rstrip(b" \t\r\n")[-1:] in (b"", b"}", b"]"):
                end += 1
            ends.add(end)
        return sorted(ends | {len(data)})

