"""Renames small files into the landing directory of a daemon and waits until their rows are visible."""

import os
import shutil

from lab.longshore import check
from lab.table import Figure, of


def rename_in(lab, daemon, database, source, every_us, poll_us):
    """Returns the figures of bench/rivals/latency.cpp. Raises Wrong if a file was lost or rows are missing."""
    directory = lab.path("prepared")
    shutil.rmtree(directory, ignore_errors=True)
    os.mkdir(directory)
    for file in source.files:
        os.link(file, os.path.join(directory, os.path.basename(file)))
    before = lab.longshore.counts(database)
    found = lab.rivals.run("latency", "--database", database.url, "--from", directory, "--landing", daemon.landing,
                           "--every-us", str(every_us), "--poll-us", str(poll_us))
    check("files lost", found["lost"], 0)
    after = lab.longshore.counts(database)
    check("ledger", {name: after[name] - before[name] for name in ("files", "rows")}, {"files": len(source.files), "rows": source.rows})
    return found


def milliseconds(results, name):
    """The median over several runs of "p50", "p90", "p99" or "max"."""
    return Figure(of(results, lambda result: result[name]), "ms")
