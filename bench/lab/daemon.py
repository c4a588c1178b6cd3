"""longshore as a daemon beside the case."""

import os
import subprocess
import time

from lab.errors import Wrong
from lab.process import Usage


class Daemon:
    """with lab.daemon(database) as daemon: it watches daemon.landing from then on, and is told to stop at the end."""

    def __init__(self, longshore, database, *words, files=()):
        self.longshore, self.landing = longshore, longshore.landing(files)
        self.log = os.path.join(longshore.directory, "log")
        self.words = [longshore.binary, "run", "--landing", self.landing, "--database", database.url, *words]
        self.process = None
        self.usage = None  # once it has ended

    def __enter__(self):
        with open(self.log, "w", encoding="utf-8") as log:
            self.begin = time.monotonic()
            self.process = subprocess.Popen(self.words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            self.wait_until(lambda: " watches " in self.said(), "it watches", 60)
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise
        return self

    def __exit__(self, error, *_):
        if self.process.returncode is not None:
            return  # it ended early, and whoever noticed says so
        self.process.terminate()
        _, status, used = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        self.usage = Usage(time.monotonic() - self.begin, used.ru_utime + used.ru_stime, used.ru_maxrss << 10, self.said())
        if self.process.returncode != 0 and error is None:
            raise Wrong(f"longshore ended with exit code {self.process.returncode}: {self.said()[-2000:]}")

    def drop(self, file):
        """As a producer should: under a hidden name, then renamed."""
        name = os.path.basename(file)
        os.link(file, os.path.join(self.landing, "." + name))
        os.rename(os.path.join(self.landing, "." + name), os.path.join(self.landing, name))

    def said(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read()

    def wait_until(self, holds, what, patience=600, pause=0.02):
        end = time.monotonic() + patience
        while not holds():
            if self.process.poll() is not None:
                raise Wrong(f"longshore ended early: {self.said()[-2000:]}")
            if time.monotonic() > end:
                raise Wrong(f"after {patience} s still not so: {what}")
            time.sleep(pause)

    def tasks(self, name):
        """A file of /proc of each of its threads, as texts."""
        directory = f"/proc/{self.process.pid}/task"
        texts = []
        for task in os.listdir(directory):
            with open(f"{directory}/{task}/{name}", encoding="utf-8") as file:
                texts.append(file.read())
        return texts
