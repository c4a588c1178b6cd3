"""The daemons of a torture run. Each is started, killed, stopped, frozen and started again, at times that depend on the seed."""

import os
import re
import signal
import subprocess
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
GRACE = 3.0          # seconds, as --grace below
POINTS_OF_TASKS = ("task_begun", "task_touched", "task_worked", "task_committed", "before_run_start", "after_run_start")
STOP_PATIENCE = 30   # seconds in which a daemon must end after SIGTERM, also on a busy machine

SETTINGS = ["--settle=300ms", "--close-delay=100ms", f"--grace={GRACE}s".replace(".0s", "s"), "--rescan=1s", "--retry-first=10ms",
            "--retry-last=500ms", "--large-file=64KiB", "--window-bytes=16KiB", "--batch-files=32", "--stop-timeout=2s"]


def crash_points():
    """The names of all crash points in the source."""
    names = set()
    for directory, _, files in os.walk(os.path.join(ROOT, "daemon")):
        for name in files:
            if name.endswith(".cpp"):
                with open(os.path.join(directory, name), encoding="utf-8") as source:
                    names.update(re.findall(r'crash_point\("(\w+)"[,)]', source.read()))
    return sorted(names)


class Daemon:
    def __init__(self, binaries, words, log, random, points=(), task_words=()):
        """task_words: the flags of tasks; most starts have them, the others load files for tasks that they do not know."""
        self.binaries, self.words, self.log, self.random, self.points, self.task_words = binaries, words, log, random, points, task_words
        self.age = 0.0       # elapsed part of the round, 0 to 1; it selects the binary, like upgrades do
        self.process = None
        self.log_begin = 0
        self.expected = ()   # exit codes that are not a finding
        self.starts = self.kills = self.stops = self.freezes = self.crashes = 0
        self.most = None     # peak of descriptors and MiB in a soak run
        self.findings = []

    def start(self, crash_at=None):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("LONGSHORE_")}
        self.expected = ()
        if crash_at:
            environment["LONGSHORE_CRASH_AT"] = crash_at
            self.expected = (137,)
        with open(self.log, "ab") as log:
            self.log_begin = log.tell()
            binary = self.binaries[min(int(self.age * len(self.binaries)), len(self.binaries) - 1)]
            tasks = self.task_words if self.random.random() < 0.8 else ()
            self.process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", binary, "run", *SETTINGS, *self.words, *tasks],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)
        self.starts += 1

    def is_running(self):
        """Records an unexpected exit as a finding."""
        if self.process is None:
            return False
        code = self.process.poll()
        if code is None:
            return True
        self.process = None
        if code in self.expected:
            self.crashes += 1
        else:
            self.findings.append(f"DIED    a daemon ended unexpectedly with exit code {code}; {self.last_words()}")
        return False

    def kill(self):
        if self.is_running():
            self.process.kill()
            self.process.wait()
            self.process = None
            self.kills += 1

    def stop(self):
        """Sends SIGTERM and waits; a generator of pauses."""
        if not self.is_running():
            return
        self.stops += 1
        process = self.process
        process.terminate()
        self.expected = (0, *self.expected)
        end = time.monotonic() + STOP_PATIENCE
        while process.poll() is None and time.monotonic() < end:
            yield 0.02
        code = process.poll()
        if code is None:
            self.findings.append(f"STUCK   a daemon did not end {STOP_PATIENCE} s after SIGTERM; {self.last_words()}")
            process.kill()
            process.wait()
        elif code == -signal.SIGTERM and os.path.getsize(self.log) == self.log_begin:
            pass  # its signal handler was not yet installed
        elif code not in self.expected:
            self.findings.append(f"DIED    after SIGTERM a daemon ended with exit code {code}; {self.last_words()}")
        self.process = None

    def reload(self):
        """Sends SIGHUP if the daemon has its signal handlers: then it has written to its log. Returns whether it did."""
        if not self.is_running() or os.path.getsize(self.log) == self.log_begin:
            return False
        self.process.send_signal(signal.SIGHUP)
        return True

    def freeze(self, seconds):
        self.freezes += 1
        self.process.send_signal(signal.SIGSTOP)
        yield seconds
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)

    def last_words(self):
        with open(self.log, "rb") as log:
            lines = log.read().splitlines()
        return "last log lines: " + " / ".join(line.decode(errors="replace") for line in lines[-3:])

    def resources(self):
        """The number of open descriptors and the resident memory in MiB."""
        with open(f"/proc/{self.process.pid}/statm", encoding="ascii") as statm:
            return len(os.listdir(f"/proc/{self.process.pid}/fd")), int(statm.read().split()[1]) * 4096 >> 20

    def soak(self, seconds):
        """Runs one daemon for the whole time. After a third of it, descriptors and memory must not grow further."""
        self.start()
        begin, before = time.monotonic(), None
        while self.is_running():
            yield 0.5
            done = (time.monotonic() - begin) / seconds
            if not self.is_running() or done < 1 / 3:
                continue
            now = self.resources()
            before = before or now
            self.most = tuple(map(max, self.most or now, now))
            if now[0] > before[0] + 12 or now[1] > before[1] + 64:
                self.findings.append(f"GROWS   descriptors and MiB were {before} after a third of the time, and are {now}")
                return
        while True:
            yield 1

    def torment(self):
        """Restarts the daemon all the time, mostly for a short time. Some runs are long, so that large files can be loaded."""
        random = self.random
        while True:
            dice = random.random()
            points = POINTS_OF_TASKS if self.task_words and dice < 0.1 else self.points
            crash_at = f"{random.choice(points)}:{random.choice([1, 1, 2, 3, 5, 20])}" if self.points and dice < 0.25 else None
            self.start(crash_at)
            life = random.uniform(0, 0.1) if dice > 0.85 else random.uniform(2, 4) if dice > 0.75 else random.uniform(0.05, 1.2)
            end = time.monotonic() + life
            while time.monotonic() < end and self.is_running():
                if random.random() < 0.005:
                    yield from self.freeze(random.uniform(0.05, 1.5))
                yield 0.02
            if self.is_running():
                if random.random() < 0.12:
                    yield from self.stop()
                else:
                    if random.random() < 0.05:
                        yield from self.freeze(random.uniform(0.05, 0.5))
                    self.kill()
            if random.random() < 0.1:
                yield random.choice([0.2, 1, 6])  # time for other daemons to adopt the claims
            else:
                yield 0
