#!/usr/bin/python3
"""Parses the whole document (json.load), then sends it by COPY as text, in one transaction.   json_copy.py FILE

For speed it does not escape values: a tab or a backslash in a value would break it.
"""

import io
import json
import sys

import psycopg2

COPY = "copy naive_detections (vehicle_id, detection_time, object_type, object_value) from stdin"

with open(sys.argv[1], "rb") as file:
    document = json.load(file)
lines = [
    f"{event['vehicle_id']}\t{event['detection_time']}\t{detection['object_type']}\t{detection['object_value']}\n"
    for event in document["objects_detection_events"]
    for detection in event["detections"]
]
connection = psycopg2.connect("")
with connection, connection.cursor() as cursor:
    cursor.copy_expert(COPY, io.StringIO("".join(lines)), size=1 << 20)
connection.close()
