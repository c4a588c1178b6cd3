"""The databases: an SQLite file, and a PostgreSQL server for this run. Both return rows in the same form."""

import csv
import glob
import io
import json
import os
import pwd
import shutil
import signal
import socket
import sqlite3
import subprocess
import time

TABLES = {
    "objects_detection": ("detection_events", "vehicle_id, detection_time, object_types, object_values, file_id"),
    "vehicles_status": ("vehicle_status_history", "vehicle_id, report_time, status, file_id"),
    "readings": ("readings", "vehicle_id, measured, level, file_id"),
}
LEDGER = ("file_id, claim, file_name, feed, sha256, status, records, rows_loaded, rows_duplicate, rows_rejected, error, "
          "duplicate_of, archive_path, packed_bytes, purged_at, rows_purged")


class Sqlite:
    name = "sqlite"

    def __init__(self, directory):
        self.path = os.path.join(directory, "longshore.db")

    def database(self):
        return "sqlite:" + self.path

    def start(self):
        pass

    def stop(self, how="INT"):
        pass

    def select(self, columns, source):
        connection = sqlite3.connect(f"file:{self.path}?mode=rw", uri=True, timeout=30)
        connection.text_factory = lambda value: value.decode("utf-8", "surrogateescape")
        try:
            return connection.execute(f"select {columns} from {source}").fetchall()
        finally:
            connection.close()

    def is_there(self, table):
        return os.path.exists(self.path) and bool(self.select("1", f"sqlite_master where name = '{table}'"))

    def sql(self, statement):
        """Fails if a daemon has the lock, which may be frozen: the round must go on."""
        connection = sqlite3.connect(f"file:{self.path}?mode=rw", uri=True, timeout=0.1)
        try:
            connection.executescript(statement)
        finally:
            connection.close()

    def integrity(self):
        rows = self.select("*", "pragma_integrity_check")
        return "" if rows == [("ok",)] else str(rows[:3])


class Postgres:
    """A server for this run. `fsync`: only needed for power cuts."""

    name = "postgres"

    def __init__(self, directory, fsync=False, data=None):
        places = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda place: -int(place.split("/")[4]))
        programs = next(iter(places), None) or os.path.dirname(shutil.which("initdb") or "")
        if not programs:
            raise SystemExit("torture: PostgreSQL server programs not found: apt install postgresql")
        self.programs = programs
        self.socket = os.path.join(directory, "socket")
        self.data = data or os.path.join(directory, "data")
        self.log = os.path.join(directory, "postgres.log")
        self.fsync = fsync
        self.port = free_port()
        self.kept_server = None
        self.as_user = {}
        os.makedirs(self.socket, exist_ok=True)
        os.makedirs(self.data, exist_ok=True)
        os.chmod(self.data, 0o700)
        open(self.log, "a").close()
        if os.getuid() == 0:
            user = pwd.getpwnam("postgres")
            self.as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
            for path in (self.socket, self.data, self.log):
                os.chown(path, user.pw_uid, user.pw_gid)
        self.run("initdb", "-D", self.data, "-U", "longshore", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8",
                 *([] if fsync else ["--no-sync"]))

    def run(self, program, *words, check=True):
        with open(self.log, "a") as log:
            done = subprocess.run([os.path.join(self.programs, program), *words], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                  cwd="/", start_new_session=True, **self.as_user)
        if check and done.returncode != 0:
            raise RuntimeError(f"{program} {' '.join(words)} failed; see {self.log}")
        return done.returncode

    def database(self):
        return f"host={self.socket} port={self.port} user=longshore dbname=postgres"

    def start(self):
        """Returns when the server accepts connections. The server ends with this process."""
        words = [os.path.join(self.programs, "postgres"), "-D", self.data, "-k", self.socket, "-p", str(self.port),
                 "-c", "listen_addresses=", "-c", f"fsync={'on' if self.fsync else 'off'}", "-c", "deadlock_timeout=200ms",
                 "-c", f"full_page_writes={'on' if self.fsync else 'off'}", "-c", "max_connections=60"]
        with open(self.log, "a") as log:
            self.kept_server = subprocess.Popen(["setpriv", "--pdeathsig", "INT", *words], stdin=subprocess.DEVNULL, stdout=log,
                                                stderr=log, cwd="/", **self.as_user)
        end = time.monotonic() + 90
        while time.monotonic() < end:
            if self.run("pg_isready", "-h", self.socket, "-p", str(self.port), "-U", "longshore", check=False) == 0:
                return
            if self.kept_server.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError(f"PostgreSQL did not start; see {self.log}")

    def stop(self, how="INT"):
        """INT: fast. QUIT: immediate, as after a crash. KILL: only the postmaster; its children end by themselves."""
        if self.kept_server is None:
            return
        self.kept_server.send_signal(getattr(signal, "SIG" + how))
        try:
            self.kept_server.wait(60)
        except subprocess.TimeoutExpired:
            self.kept_server.kill()
            self.kept_server.wait()
        self.kept_server = None

    def sql(self, statement):
        done = subprocess.run([os.path.join(self.programs, "psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", self.database(), "-c", statement],
                              capture_output=True, timeout=120)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.decode(errors="replace"))
        return done.stdout.decode("utf-8")

    def select(self, columns, source):
        shown = columns
        for time_column in ("detection_time", "report_time", "measured", "horizon"):
            shown = shown.replace(
                time_column, f"to_char({time_column} at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
        for array in ("object_types", "object_values"):
            shown = shown.replace(array, f"array_to_json({array})")
        text = self.sql(f"copy (select {shown} from {source}) to stdout (format csv)")
        csv.field_size_limit(1 << 30)
        return [tuple(value if value != "" else None for value in row) for row in csv.reader(io.StringIO(text, newline=""))]

    def is_there(self, table):
        return bool(self.select("1", f"pg_class where relname = '{table}'"))

    def integrity(self):
        return ""

    # ---- disturbances

    def terminate_backends(self):
        """Ends all sessions of the daemons, like an operator."""
        try:
            self.sql("select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'longshore%'")
        except RuntimeError:
            pass  # the server is down at the moment

    def kill_a_backend(self, random):
        """Kills one session with -9: the server then ends all sessions and recovers."""
        try:
            pids = self.sql("select pid from pg_stat_activity where application_name like 'longshore%'").split()
            if pids:
                os.kill(int(random.choice(pids)), 9)
        except (RuntimeError, ProcessLookupError):
            pass


def free_port():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


def rows_of(store, feed):
    """Returns (row in the form of documents.py, file_id) for each row of a feed's table."""
    table, columns = TABLES[feed]
    rows = []
    for *values, file_id in store.select(columns, table):
        if feed == "objects_detection":
            values = [values[0], values[1], tuple(json.loads(values[2])), tuple(json.loads(values[3]))]
        elif feed == "readings":
            values[2] = str(values[2])
        rows.append((tuple(values), int(file_id)))
    return rows


def ledger_of(store):
    names = LEDGER.replace(" ", "").split(",")
    numbers = {"file_id", "records", "rows_loaded", "rows_duplicate", "rows_rejected", "duplicate_of", "rows_purged"}
    return [{name: int(value) if name in numbers and value is not None else value for name, value in zip(names, row)}
            for row in store.select(LEDGER, "ingest_log order by file_id")]


def horizons_of(store):
    return dict(store.select("feed, horizon", "ingest_horizons"))
