"""A server for tests. It stores each POST request and answers with the given statuses in order; it repeats the last one.

http_server.py DIRECTORY STATUSES [CERTIFICATE]: writes its port to DIRECTORY/port and the Nth request to DIRECTORY/N.json
(body) and N.head (request line and headers). With a certificate (and its key, in one file) it uses TLS. It ends when its
standard input is closed.
"""

import http.server
import os
import ssl
import sys
import threading

directory, statuses = sys.argv[1], [int(status) for status in sys.argv[2].split(",")]
count = 0


def write(name, data):
    path = os.path.join(directory, name)
    with open(path + ".part", "wb") as out:
        out.write(data)
    os.rename(path + ".part", path)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        global count
        body = self.rfile.read(int(self.headers["Content-Length"]))
        count += 1
        write(f"{count}.head", f"{self.requestline}\n{self.headers}".encode())
        write(f"{count}.json", body)
        self.send_response(statuses[min(count, len(statuses)) - 1])
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
if len(sys.argv) > 3:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[3])
    server.socket = context.wrap_socket(server.socket, server_side=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
write("port", str(server.server_port).encode())
sys.stdin.read()
