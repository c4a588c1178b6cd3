"""Peak resident memory of longshore. It must not depend on the size of a file or on the number of vehicles or files."""

import os
import shutil

from lab.data import look_at_rest
from lab.longshore import check
from lab.table import Figure, at_most

GB = 10**9
DISK_PER_BYTE = 3  # disk per byte of JSON: the file, the tables, and the server's WAL


def run(lab, table):
    size, vehicles = round(GB * lab.scale.factor), lab.scale(1_000_000)
    load(lab, table, "two files at once", lab.data.of_size(2 * size, files=2))
    load(lab, table, f"two files at once, of {vehicles:,} vehicles", lab.data.of_size(2 * size, files=2, vehicles=vehicles))
    load(lab, table, f"two files at once, of {vehicles:,} vehicles", lab.data.statuses(2 * vehicles, files=2, vehicles=vehicles))
    many_names(lab, table, lab.scale(1_000_000))
    ten_gigabytes(lab, table)


def load(lab, table, what, source):
    with lab.postgres.migrated() as database:
        peak = lab.longshore.load(database, source, "--loaders", "2").usage.peak
    table.row(f"{what}: {source.records / 1e6:.2g} M records, {source.bytes / GB:.2g} GB", mib(peak), wanted=at_most(64, "64 MiB"))
    lab.clean()


def many_names(lab, table, names):
    """Fills the landing directory before longshore starts."""
    landing = lab.longshore.landing()
    lab.longshore.run("generate", landing, "--feed", "vehicles_status", "--files", str(names), "--records", "1", "--duplicates", "0", "--rejects", "0")
    look_at_rest(file.path for file in os.scandir(landing))
    with lab.postgres.migrated() as database:
        usage = lab.longshore.drain(database, landing)
        check("ledger", lab.longshore.counts(database)["rows"], names)
    table.row(f"a landing directory of {names:,} files", mib(usage.peak))
    lab.clean()


def ten_gigabytes(lab, table):
    what = "files of 10 GB and of 1 GB at once"
    free = shutil.disk_usage(lab.directory).free
    if not lab.scale.is_large:
        table.left_out(what, "only with --scale large")
    elif free < 11 * GB * DISK_PER_BYTE:
        table.left_out(what, f"{11 * DISK_PER_BYTE} GB of disk needed, {free / GB:.0f} free")
    else:
        load(lab, table, what, lab.data.of_size(10 * GB) + lab.data.of_size(GB, seed=2))


def mib(size):
    return Figure(size / (1 << 20), "MiB")
