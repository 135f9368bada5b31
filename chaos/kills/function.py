"""``python chaos/kills/function.py PORT FILE``: a function that notes each run in a file.

The file outlives a SIGKILL. It has one JSON line for each run, written before the run does
anything: what came in, and what it answers if nobody ends it before.
"""

import hashlib
import json
import os
import random
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote
from uuid import uuid4

LONGEST_RUN_S: Final = 0.2
"""Long enough that a kill meets some calls in their middle."""
FAILING: Final = 20
"""One run of so many answers 500: that is an outcome too."""


class Handler(BaseHTTPRequestHandler):
    """Answers each run with something that no other run answers."""

    protocol_version = "HTTP/1.1"
    server: "Server"

    def do_POST(self) -> None:
        """Note the run, take a moment, answer."""
        payload = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        run = uuid4().hex
        status = 500 if int(run, 16) % FAILING == 0 else 200
        answer = json.dumps({"run": run})
        extra_info = quote(json.dumps({"requestId": self.headers["ce-id"], "run": run}))
        self.server.note(
            id=self.headers["ce-id"],
            payload_sha256=hashlib.sha256(payload).hexdigest(),
            status=status,
            answer=answer,
            extra_info=extra_info,
        )
        time.sleep(random.uniform(0, LONGEST_RUN_S))  # noqa: S311 - the work of this function
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Extra-Info", extra_info)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_message(self, *arguments: Any) -> None:  # noqa: ANN401
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Keeps the file."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port: int, file: Path) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self._file = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def note(self, **run: object) -> None:
        """Append one line, by one call: a kill leaves it out or leaves it whole."""
        os.write(self._file, json.dumps(run).encode() + b"\n")

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """A relay that was killed takes no answer."""


def main() -> None:
    """Serve until killed."""
    with Server(int(sys.argv[1]), Path(sys.argv[2])) as server:
        sys.stdout.write("listening\n")
        sys.stdout.flush()
        server.serve_forever()


if __name__ == "__main__":
    main()
