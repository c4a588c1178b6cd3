"""The ways in which producers deliver a file. Each is a generator that does one step and yields the seconds until its next step."""

import os
import time

from delivery import MAY, MUST, MUST_NOT, Delivery

MANNERS = ["rename"] * 6 + ["rename_from_beside"] * 2 + ["link"] * 2 + ["in_place"] * 4 + ["slow"] * 2 + [
    "tmpfile", "tmpfile", "resumed", "touched", "vanish", "replace", "replace", "over_again", "held", "held"]


class Manners:
    """A part of Landing."""

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
