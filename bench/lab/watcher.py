"""Small files renamed into the landing directory of a daemon, watched until their rows can be seen."""

import os
import shutil

from lab.longshore import check
from lab.table import Figure, of


def rename_in(lab, daemon, database, source, every_us, poll_us):
    """What bench/rivals/latency.cpp found; Wrong when a file was lost or its rows are not there."""
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
    """The median of what several runs found: "p50", "p90", "p99" or "max"."""
    return Figure(of(results, lambda result: result[name]), "ms")
