"""Common tools that load such files, into the naive table of a typical first script, each from process start."""

import functools

from lab.data import millions
from lab.longshore import check_detections, whole_process
from lab.peers import Peer, Peers
from lab.table import at_least, of, rate

DETECTIONS, MANY_DETECTIONS = 1_000_000, 5_000_000
LINES = 200_000  # detections for rsyslog
JSONB_ARRAY = 256 << 20  # maximum size of a jsonb array in bytes; a detection takes more there than in the file

IJSON = "watchdog, ijson, execute_values"
EXECUTEMANY = "json.load, executemany"
JSON_COPY = "json.load, COPY"
JQ = "jq, psql \\copy"
NODE_STREAM = "stream-json, pg-copy-streams"
NODE_PARSE = "JSON.parse, pg-copy-streams"
SERVER = "jsonb_array_elements in the server"
PEERS = {
    IJSON: Peer.of_python("watch_ijson_values.py", "watchdog", "ijson", "psycopg2", watches=True),
    EXECUTEMANY: Peer.of_python("json_executemany.py", "psycopg2"),
    JSON_COPY: Peer.of_python("json_copy.py", "psycopg2"),
    JQ: Peer("jq_copy.sh", "jq", "--version"),
    NODE_STREAM: Peer.of_node("stream_copy.mjs", "stream-json", "pg", "pg-copy-streams"),
    NODE_PARSE: Peer.of_node("parse_copy.mjs", "pg", "pg-copy-streams"),
    SERVER: Peer("server_json.sh", "psql", "--version"),
}
RSYSLOG = Peer("follow_rsyslog.py", "sh", "-c", "test -e /usr/lib/*/rsyslog/ompgsql.so && rsyslogd -v | sed 's/ (.*//'")
# wanted ratio of longshore's rate, with its own tables, to the peer's rate
WANTED = {IJSON: 10, EXECUTEMANY: 25, JSON_COPY: 8, JQ: 7, NODE_STREAM: 7, SERVER: 8}
WANTED_IN_ONE_TABLE = 1.4


def run(lab, table):
    peers = Peers(lab)
    there = [name for name, peer in PEERS.items() if is_there(peers, table, name, peer)]
    compare(lab, table, peers, there, lab.data.detections(lab.scale(DETECTIONS)))
    if lab.scale.is_large:
        compare(lab, table, peers, there, lab.data.detections(MANY_DETECTIONS))
    if is_there(peers, table, "rsyslog", RSYSLOG):
        lines(lab, table, peers, lab.data.detections(lab.scale(LINES), ndjson=True))


def is_there(peers, table, name, peer):
    version, fault = peers.version(peer)
    if fault:
        table.left_out(name, fault)
    else:
        table.note(f"{name}: {version}")
    return not fault


def compare(lab, table, peers, names, source):
    table.note(str(source))
    if source.bytes > JSONB_ARRAY and SERVER in names:
        names = [name for name in names if name != SERVER]
        table.left_out(f"{SERVER}, {source}", "a jsonb array has at most 256 MB")
    results = lab.interleaved(longshore=lambda: load(lab, source), decoder=lambda: peers.load_by_longshores_decoder(source),
                              **{name: functools.partial(peers.load, PEERS[name], source) for name in names})
    many = millions(source.detections)
    own, decoder = rate(source.detections, results["longshore"], whole_process), rate(source.detections, results["decoder"], wall)
    for name in names:
        table.row(f"{many}, longshore, its tables", own, name, rate(source.detections, results[name], wall),
                  at_least(WANTED[name]) if name in WANTED else None)
    for name in names:
        table.row(f"{many}, longshore's decoder, the naive table", decoder, name, rate(source.detections, results[name], wall),
                  at_least(WANTED_IN_ONE_TABLE) if name in WANTED else None)
    table.row(f"{many}, longshore, its tables", own, "longshore's decoder, the naive table", decoder)
    note_cost(table, "longshore", source, [load.usage for load in results["longshore"]])
    for name in names:
        note_cost(table, name, source, results[name])


def lines(lab, table, peers, source):
    table.note(f"{source}, one record per line")
    results = lab.interleaved(longshore=lambda: load(lab, source), rsyslog=lambda: peers.load(RSYSLOG, source, str(source.detections)))
    table.row(f"{millions(source.detections)}, longshore, its tables", rate(source.detections, results["longshore"], whole_process),
              "rsyslog: imfile, mmjsonparse, ompgsql", rate(source.detections, results["rsyslog"], wall))


def load(lab, source):
    with lab.postgres.migrated() as database:
        result = lab.longshore.load(database, source)
        check_detections(database, source)
        return result


def wall(usage):
    return usage.wall


def note_cost(table, name, source, usages):
    cpu = of(usages, lambda usage: usage.cpu) * 1e6 / source.detections
    peak = of(usages, lambda usage: usage.peak) / (1 << 20)
    table.note(f"{name}: {cpu:.2f} s of CPU per million detections, peak {peak:.0f} MiB, without the server")
