#!/usr/bin/python3
"""Runs rsyslogd with rsyslog.conf from its start until it has committed the rows.   follow_rsyslog.py FILE ROWS

FILE has one record per line; ROWS is the number of detections in it. The files of rsyslogd are in a temporary directory.
"""

import os
import subprocess
import sys
import tempfile
import time

import psycopg2

PAUSE = 0.05
PATIENCE = 600


def configuration(directory, file):
    values = {"directory": directory, "file": file, "host": os.environ["PGHOST"], "user": os.environ["PGUSER"], "database": os.environ["PGDATABASE"]}
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "rsyslog.conf"), encoding="utf-8") as template:
        text = template.read()
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    path = os.path.join(directory, "own.conf")
    with open(path, "w", encoding="utf-8") as own:
        own.write(text)
    return path


def is_loaded(cursor, rows):
    cursor.execute("select last_value from naive_detections_id_seq")  # cheap, and never behind the table
    if cursor.fetchone()[0] < rows:
        return False
    cursor.execute("select count(*) from naive_detections")
    return cursor.fetchone()[0] >= rows


def main(file, rows):
    with tempfile.TemporaryDirectory() as directory:
        connection = psycopg2.connect("")
        connection.autocommit = True
        daemon = subprocess.Popen(["rsyslogd", "-n", "-f", configuration(directory, file), "-i", os.path.join(directory, "own.pid")])
        end = time.monotonic() + PATIENCE
        try:
            while not is_loaded(connection.cursor(), rows):
                if daemon.poll() is not None or time.monotonic() > end:
                    sys.exit("rsyslogd did not load the file")
                time.sleep(PAUSE)
        finally:
            daemon.kill()
            daemon.wait()


main(sys.argv[1], int(sys.argv[2]))
