#!/bin/bash
# jq writes tab-separated lines, psql copies them, in one transaction.   jq_copy.sh FILE
set -euo pipefail
jq -r '.objects_detection_events[]
       | .vehicle_id as $vehicle | .detection_time as $time
       | .detections[] | [$vehicle, $time, .object_type, .object_value] | @tsv' "$1" |
    psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 \
        --command '\copy naive_detections (vehicle_id, detection_time, object_type, object_value) from stdin'
