#!/usr/bin/python3
"""Parses the whole document (json.load), then calls executemany, in one transaction.   json_executemany.py FILE"""

import json
import sys

import psycopg2

INSERT = "insert into naive_detections (vehicle_id, detection_time, object_type, object_value) values (%s, %s, %s, %s)"

with open(sys.argv[1], "rb") as file:
    document = json.load(file)
rows = [
    (event["vehicle_id"], event["detection_time"], detection["object_type"], detection["object_value"])
    for event in document["objects_detection_events"]
    for detection in event["detections"]
]
connection = psycopg2.connect("")
with connection, connection.cursor() as cursor:
    cursor.executemany(INSERT, rows)
connection.close()
