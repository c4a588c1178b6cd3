// Parses the whole document (JSON.parse), sends it by pg-copy-streams.   node parse_copy.mjs FILE
// A string of Node.js has at most 512 MiB.
import fs from 'node:fs';
import {CHUNK, copy, lines} from './copy.mjs';

async function* texts() {
  let text = '';
  for (const event of JSON.parse(fs.readFileSync(process.argv[2], 'utf8')).objects_detection_events) {
    text += lines(event);
    if (text.length < CHUNK) continue;
    yield text;
    text = '';
  }
  yield text;
}
await copy(texts);
