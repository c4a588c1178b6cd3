"""longshore running as a daemon."""

import os
import subprocess
import time

from lab.errors import Wrong
from lab.process import Usage


class Daemon:
    """with lab.daemon(database) as daemon: the daemon watches daemon.landing. It gets SIGTERM at the end of the block."""

    def __init__(self, longshore, database, *words, files=()):
        self.longshore, self.landing = longshore, longshore.landing(files)
        self.log = os.path.join(longshore.directory, "log")
        self.words = [longshore.binary, "run", "--landing", self.landing, "--database", database.url, *words]
        self.process = None
        self.usage = None  # set after it has ended

    def __enter__(self):
        with open(self.log, "w", encoding="utf-8") as log:
            self.begin = time.monotonic()
            self.process = subprocess.Popen(self.words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            self.wait_until(lambda: " watches " in self.output(), "the daemon watches landing", 60)
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise
        return self

    def __exit__(self, error, *_):
        if self.process.returncode is not None:
            return  # it ended early; wait_until has raised Wrong
        self.process.terminate()
        _, status, used = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        self.usage = Usage(time.monotonic() - self.begin, used.ru_utime + used.ru_stime, used.ru_maxrss << 10, self.output())
        if self.process.returncode != 0 and error is None:
            raise Wrong(f"longshore ended with exit code {self.process.returncode}: {self.output()[-2000:]}")

    def drop(self, file):
        """Drops a file correctly: under a hidden name, then renamed."""
        name = os.path.basename(file)
        os.link(file, os.path.join(self.landing, "." + name))
        os.rename(os.path.join(self.landing, "." + name), os.path.join(self.landing, name))

    def output(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read()

    def wait_until(self, condition, what, patience=600, pause=0.02):
        end = time.monotonic() + patience
        while not condition():
            if self.process.poll() is not None:
                raise Wrong(f"longshore ended early: {self.output()[-2000:]}")
            if time.monotonic() > end:
                raise Wrong(f"timeout after {patience} s: {what}")
            time.sleep(pause)

    def tasks(self, name):
        """The text of a /proc file of each thread."""
        directory = f"/proc/{self.process.pid}/task"
        texts = []
        for task in os.listdir(directory):
            with open(f"{directory}/{task}/{name}", encoding="utf-8") as file:
                texts.append(file.read())
        return texts
