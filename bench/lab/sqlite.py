"""An SQLite file with longshore's tables, with the same interface as a PostgreSQL database."""

import contextlib
import os
import sqlite3


class Sqlite:
    array_length = "json_array_length"
    ledger_seconds = "(julianday(max(finished_at)) - julianday(min(started_at))) * 86400"

    def __init__(self, path):
        self.path = path
        self.url = "sqlite:" + path

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.drop()

    def query(self, statement):
        with contextlib.closing(sqlite3.connect(self.path)) as connection, connection:
            return connection.execute(statement).fetchall()

    def drop(self):
        for suffix in ("", "-wal", "-shm", "-journal"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.path + suffix)
