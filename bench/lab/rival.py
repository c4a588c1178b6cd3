"""The programs of bench/rivals. Each does one task of longshore by hand and prints its figures as one line of JSON."""

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
            raise SystemExit(f"bench: not found: {path}; ./dev bench builds it")
        return path

    def run(self, name, *words):
        """Returns the JSON object of the last line. "seconds" is the program's own measurement, from when the rows are in memory."""
        return json.loads(run([self.path(name), *words]).output.splitlines()[-1])
