"""A function that has two threads, health checks included: ``python two_threads.py PORT``.

As Java's server has, though with more: connections are accepted, and wait for a thread. The payload
is a number, the seconds that a call takes.
"""

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from socket import socket


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        time.sleep(float(body or 0))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b'""')

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(HTTPServer):
    threads = ThreadPoolExecutor(2)

    def process_request(
        self, request: socket | tuple[bytes, socket], client_address: object
    ) -> None:
        self.threads.submit(self._answer, request, client_address)

    def _answer(self, request: socket | tuple[bytes, socket], client_address: object) -> None:
        try:
            self.finish_request(request, client_address)
        finally:
            self.shutdown_request(request)


if __name__ == "__main__":
    with _Server(("127.0.0.1", int(sys.argv[1])), _Handler) as server:
        server.serve_forever()
