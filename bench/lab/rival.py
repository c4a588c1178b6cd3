"""The programs of bench/rivals: each does by hand one thing that longshore does, and says what it took as one line of JSON."""

import json
import os

from lab.process import run


def its_clock(result):
    return result["seconds"]


class Rivals:
    def __init__(self, directory):
        self.directory = directory

    def path(self, name):
        path = os.path.join(self.directory, name)
        if not os.path.exists(path):
            raise SystemExit(f"bench: there is no {path}; ./dev bench builds it")
        return path

    def run(self, name, *words):
        """The object of its last line: "seconds" is its own clock's, which begins when the rows are ready in memory."""
        return json.loads(run([self.path(name), *words]).output.splitlines()[-1])
