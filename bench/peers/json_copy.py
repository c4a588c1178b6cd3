#!/usr/bin/python3
"""The whole document at once (json.load), then COPY of text from memory, in one transaction.   json_copy.py FILE

Nothing is escaped, which is faster: a value with a tab or a backslash would break it.
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
