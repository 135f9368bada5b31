"""A function with the manners of the official Node runtime, which is built on fastify.

``python fastify_like.py PORT``. It refuses an empty body that is declared JSON before it looks at
anything else, as fastify does (FST_ERR_CTP_EMPTY_JSON_BODY). ``GET /checks`` tells how many
health checks it has had, ``POST /unwell`` and ``POST /well`` how it answers the next ones.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

EMPTY = {
    "statusCode": 503,
    "code": "FST_ERR_CTP_EMPTY_JSON_BODY",
    "error": "Service Unavailable",
    "message": "Body cannot be empty when content-type is set to 'application/json'",
}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "_Server"

    def do_GET(self) -> None:
        self._answer(200, json.dumps(self.server.checks))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path != "/":
            self.server.is_well = self.path == "/well"
            self._answer(200, '"OK"')
        elif self.headers.get("Content-Type", "").startswith("application/json") and not body:
            self._answer(503, json.dumps(EMPTY))
        elif self.headers.get("x-health-check") == "true":
            self.server.checks += 1
            self._answer(200 if self.server.is_well else 503, "OK")
        else:
            self._answer(200, '"done"')

    def _answer(self, status: int, body: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    checks = 0
    is_well = True


if __name__ == "__main__":
    with _Server(("127.0.0.1", int(sys.argv[1])), _Handler) as server:
        server.serve_forever()
