"""Deliveries of many files at once, and what a daemon must not touch."""

import os

from delivery import UNROUTED
from documents import Content


class Crowds:
    """A part of Landing."""

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
