// Sends text by COPY through pg-copy-streams; shared by both Node.js programs.
// For speed it does not escape values: a tab or a backslash in a value would break it.
import {pipeline} from 'node:stream/promises';
import pg from 'pg';
import {from} from 'pg-copy-streams';

const COPY = 'copy naive_detections (vehicle_id, detection_time, object_type, object_value) from stdin';
export const CHUNK = 1 << 18;

export function lines(event) {
  const start = `${event.vehicle_id}\t${event.detection_time}\t`;
  let text = '';
  for (const detection of event.detections) text += `${start}${detection.object_type}\t${detection.object_value}\n`;
  return text;
}

// One statement, so one transaction. It is committed when this returns.
export async function copy(...streams) {
  const client = new pg.Client();
  await client.connect();
  await pipeline(...streams, client.query(from(COPY)));
  await client.end();
}
