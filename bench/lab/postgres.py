"""A temporary PostgreSQL server with full durability, and its databases."""

import glob
import os
import pwd
import signal
import subprocess
import time

from lab.process import run

SETTINGS = {"listen_addresses": "", "shared_buffers": "1GB", "max_wal_size": "8GB", "wal_writer_delay": "10ms", "fsync": "on", "synchronous_commit": "on"}


class Postgres:
    def __init__(self, directory, longshore, preload=None, durable=True):
        """`preload`: a library for LD_PRELOAD of the server. `durable`: False only if no figure counts."""
        places = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda place: -int(place.split("/")[4]))
        if not places:
            raise SystemExit("bench: PostgreSQL server programs not found: apt install postgresql")
        self.programs, self.directory, self.longshore = places[0], directory, longshore
        self.environment = {**os.environ, **({"LD_PRELOAD": preload} if preload else {})}
        self.settings = {**SETTINGS, **({} if durable else {"fsync": "off"})}
        self.server = None
        self.template = None
        self.databases = {}  # existing ones, by name
        self.made = 0
        self.as_user = {}
        os.mkdir(directory)
        if os.getuid() == 0:
            user = pwd.getpwnam("postgres")
            self.as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
            os.chown(directory, user.pw_uid, user.pw_gid)
        subprocess.run([self.program("initdb"), "-D", os.path.join(directory, "data"), "-U", "longshore", "--auth=trust", "--encoding=UTF8",
                        "--locale=C.UTF-8", "--no-sync"], stdout=subprocess.DEVNULL, cwd="/", check=True, **self.as_user)

    def program(self, name):
        return os.path.join(self.programs, name)

    def start(self):
        """Starts the server. The server ends with this process."""
        words = ["setpriv", "--pdeathsig", "QUIT", self.program("postgres"), "-D", os.path.join(self.directory, "data"), "-k", self.directory]
        for name, value in self.settings.items():
            words += ["-c", f"{name}={value}"]
        with open(os.path.join(self.directory, "log"), "a", encoding="utf-8") as log:
            self.server = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", env=self.environment, **self.as_user)
        end = time.monotonic() + 60
        while subprocess.run([self.program("pg_isready"), "-q", "-h", self.directory], check=False).returncode != 0:
            if self.server.poll() is not None or time.monotonic() > end:
                raise SystemExit("bench: PostgreSQL did not start:\n" + open(os.path.join(self.directory, "log"), encoding="utf-8").read())
            time.sleep(0.02)

    def stop(self):
        if self.server:
            self.server.send_signal(signal.SIGQUIT)
            self.server.wait()

    def empty(self, template="template1"):
        """A new empty database."""
        self.made += 1
        database = Database(self, f"bench{self.made}")
        self.admin(f"create database {database.name} template {template}")
        self.databases[database.name] = database
        return database

    def migrated(self):
        """A new database with longshore's tables. A checkpoint before it writes all earlier data to the disk."""
        if not self.template:
            self.template = Database(self, "migrated")
            self.admin("create database migrated")
            self.longshore.migrate(self.template)
        database = self.empty(self.template.name)
        self.admin("checkpoint")
        return database

    def drop(self, database):
        self.admin(f"drop database if exists {database.name} with (force)")
        self.databases.pop(database.name, None)

    def drop_all(self):
        for database in list(self.databases.values()):
            self.drop(database)

    def admin(self, statement):
        Database(self, "postgres").query(statement)


class Database:
    """with server.migrated() as database: the database is dropped at the end of the block."""

    array_length = "cardinality"
    ledger_seconds = "extract(epoch from max(finished_at) - min(started_at))"

    def __init__(self, server, name):
        self.server, self.name = server, name
        self.url = f"host={server.directory} user=longshore dbname={name}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.drop()

    def psql(self, *words):
        return run([self.server.program("psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", self.url, *words]).output

    def query(self, statement):
        """The rows, each a list of strings (null is "")."""
        return [line.split("|") for line in self.psql("-c", statement).splitlines()]

    def drop(self):
        self.server.drop(self)
