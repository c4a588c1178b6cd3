// Streams from end to end: stream-json parses the document, pg-copy-streams sends text.   node stream_copy.mjs FILE
import fs from 'node:fs';
import {Transform} from 'node:stream';
import chain from 'stream-chain';
import {parser} from 'stream-json';
import {pick} from 'stream-json/filters/pick.js';
import {streamArray} from 'stream-json/streamers/stream-array.js';
import {CHUNK, copy, lines} from './copy.mjs';

const events = chain([
  fs.createReadStream(process.argv[2], {highWaterMark: CHUNK}),
  parser({packValues: true, streamValues: false}), // whole values only: half the work
  pick({filter: 'objects_detection_events', once: true}),
  streamArray()
]);
let text = '';
const toText = new Transform({
  writableObjectMode: true,
  transform({value: event}, _, done) {
    text += lines(event);
    if (text.length < CHUNK) return done();
    done(null, text);
    text = '';
  },
  flush: done => done(null, text)
});
await copy(events, toText);
