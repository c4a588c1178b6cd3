"""The programs of bench/peers: common tools. Each is measured as one process, from its start until its rows are committed."""

import os
import shutil
import subprocess

from lab.longshore import check

DIRECTORY = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "peers")
PYTHON = """import importlib.metadata, platform, sys
print("Python", platform.python_version(), *(f"{name} {importlib.metadata.version(name)}" for name in sys.argv[1:]))"""
NODE = """const version = name => require("./node_modules/" + name + "/package.json").version;
console.log("Node.js", process.versions.node, ...process.argv.slice(1).map(name => name + " " + version(name)))"""


class Peer:
    """A program, and the command that prints its version. If that command fails, the program is not available."""

    def __init__(self, program, *version, watches=False):
        self.program, self.version, self.watches = program, version, watches

    @classmethod
    def of_python(cls, program, *packages, **options):
        return cls(program, "/usr/bin/python3", "-c", PYTHON, *packages, **options)

    @classmethod
    def of_node(cls, program, *packages):
        return cls(program, "node", "-e", NODE, *packages)


class Peers:
    """Runs the programs. Each loads into its own new tables."""

    def __init__(self, lab):
        self.lab = lab
        self.node = os.path.join(lab.build, "bench", "node")
        self.environment = {"PATH": lab.postgres.programs + ":" + os.environ["PATH"], "PGHOST": lab.postgres.directory, "PGUSER": "longshore"}
        self.node_fault = self.prepare_node()

    def prepare_node(self):
        """Copies the programs to the directory of their packages, where Node.js finds them. Returns the error, or None."""
        os.makedirs(self.node, exist_ok=True)
        for name in ("package.json", "copy.mjs", "parse_copy.mjs", "stream_copy.mjs"):
            shutil.copy(os.path.join(DIRECTORY, name), self.node)
        return self.answer("npm", "install", "--no-audit", "--no-fund", "--prefer-offline", "--fetch-retries=0")[1]

    def version(self, peer):
        """Returns (version, None) or (None, error)."""
        if peer.version[0] == "node" and self.node_fault:
            return None, self.node_fault
        return self.answer(*peer.version)

    def load(self, peer, source, *words):
        """Runs it on a file. Returns its usage."""
        path = os.path.join(self.node if peer.version[0] == "node" else DIRECTORY, peer.program)
        file = os.path.dirname(source.files[0]) if peer.watches else source.files[0]
        command = ["node", path] if peer.version[0] == "node" else [path]
        return self.measure(source, lambda database: self.lab.run([*command, file, *words], env={**self.environment, "PGDATABASE": database.name}))

    def load_by_longshores_decoder(self, source):
        program = self.lab.rivals.path("naive_copy")
        return self.measure(source, lambda database: self.lab.run([program, "--database", database.url, source.files[0]]))

    def measure(self, source, work):
        with self.lab.postgres.empty() as database:
            make_naive(database)
            self.lab.postgres.admin("checkpoint")
            usage = work(database)
            check("naive_detections", int(database.query("select count(*) from naive_detections")[0][0]), source.detections)
            return usage

    def answer(self, *words):
        """Returns (first line of the output, None) or (None, error)."""
        try:
            ran = subprocess.run(words, cwd=self.node, env={**os.environ, **self.environment}, stdin=subprocess.DEVNULL, capture_output=True,
                                 text=True, timeout=120, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            return None, str(error)
        if ran.returncode != 0 or not ran.stdout:
            return None, (ran.stderr.strip() or "no output").splitlines()[-1]
        return ran.stdout.splitlines()[0], None


def make_naive(database):
    """Creates the table of the peers."""
    database.psql("-f", os.path.join(DIRECTORY, "naive.sql"))
