#!/bin/bash
# The server parses the document into one jsonb value and unpacks it by jsonb_array_elements.   server_json.sh FILE
# The server must be able to read the file. A jsonb array has at most 256 MB.
set -euo pipefail
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --set file="$1" <<'END'
insert into naive_detections (vehicle_id, detection_time, object_type, object_value)
select event ->> 'vehicle_id', (event ->> 'detection_time')::timestamptz,
       detection ->> 'object_type', (detection ->> 'object_value')::integer
from jsonb_array_elements(pg_read_file(:'file')::jsonb -> 'objects_detection_events') event,
     jsonb_array_elements(event -> 'detections') detection;
END
