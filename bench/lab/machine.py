"""The machine and the versions of a measurement."""

import datetime
import os
import platform
import sqlite3
import subprocess


def heading(lab):
    with open("/proc/meminfo", encoding="ascii") as file:
        memory = int(file.readline().split()[1]) >> 20
    postgres = subprocess.run([lab.postgres.program("postgres"), "--version"], capture_output=True, text=True, check=True).stdout
    return "\n".join([
        f"# {lab.longshore.run('--version').output.strip()}",
        "",
        f"{datetime.datetime.now(datetime.timezone.utc):%F %H:%M} UTC; {postgres.strip()}, SQLite {sqlite3.sqlite_version}, "
        f"{platform.system()} {platform.release()};",
        f"{processor()}, {os.cpu_count()} cores, {memory} GiB; load average at the start {os.getloadavg()[0]:.2f};",
        f"scale {lab.scale.name}, median of {lab.times}, interleaved",
        ""])


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    return names[0] if names else platform.machine()
