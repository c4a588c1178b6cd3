#!/usr/bin/python3
"""Watches a directory (watchdog) and loads each file that is closed or renamed there: it streams events (ijson), inserts a
thousand rows per statement (psycopg2's execute_values), and uses one transaction per file.   watch_ijson_values.py DIRECTORY

Files that already exist are loaded first. It ends after one file, so that it can be measured.
"""

import os
import queue
import sys

import ijson
import psycopg2
from psycopg2.extras import execute_values
from watchdog.events import FileSystemEventHandler
from watchdog.observers import Observer

INSERT = "insert into naive_detections (vehicle_id, detection_time, object_type, object_value) values %s"
PAGE = 1000


class Arrivals(FileSystemEventHandler):
    def __init__(self):
        self.paths = queue.Queue()

    def on_closed(self, event):
        self.paths.put(event.src_path)

    def on_moved(self, event):
        self.paths.put(event.dest_path)

    def on_created(self, event):
        """A file renamed in from another directory is reported as created. A file being written will be closed later."""
        if os.path.getsize(event.src_path):
            self.paths.put(event.src_path)


def load(connection, path):
    with connection, connection.cursor() as cursor, open(path, "rb") as file:
        page = []
        for event in ijson.items(file, "objects_detection_events.item", use_float=True):
            vehicle, time = event["vehicle_id"], event["detection_time"]
            for detection in event["detections"]:
                page.append((vehicle, time, detection["object_type"], detection["object_value"]))
            if len(page) >= PAGE:
                execute_values(cursor, INSERT, page, page_size=len(page))
                page.clear()
        if page:
            execute_values(cursor, INSERT, page, page_size=len(page))


def main(directory):
    arrivals = Arrivals()
    observer = Observer()
    observer.schedule(arrivals, directory)
    observer.start()
    for entry in os.scandir(directory):
        arrivals.paths.put(entry.path)
    connection = psycopg2.connect("")
    load(connection, arrivals.paths.get())
    connection.close()
    observer.stop()
    observer.join()


main(sys.argv[1])
