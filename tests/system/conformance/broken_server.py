"""A server of the conformance function that breaks the contract in the ways it is told to.

``python broken_server.py FAULT...`` listens on ``PORT``. Without a fault it keeps the contract.
"""

import base64
import json
import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote

FAULTS = set(sys.argv[1:])


def has(fault: str) -> bool:
    """Tell whether the server has a fault."""
    return fault in FAULTS


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0" if has("closes") else "HTTP/1.1"
    timeout = 1 if has("impatient") else 60
    running = 0
    lock = threading.Lock()
    first_token = ""

    def do_POST(self) -> None:
        head = sum(len(name) + len(value) for name, value in self.headers.items())
        size = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(size)
        if has("short-headers") and head > 16_384:
            self._answer(431, "Request Header Fields Too Large")
        elif has("small-bodies") and size > 1_000_000:
            self._answer(413, "Payload Too Large")
        elif has("picky-health") and not body:
            self._answer(503, "Body cannot be empty")
        elif self.headers.get("x-health-check") == "true":
            self._answer(200, "OK")
        else:
            with self.lock:
                _Handler.running += 1
            try:
                self._call(body)
            finally:
                with self.lock:
                    _Handler.running -= 1

    def _call(self, body: bytes) -> None:
        try:
            payload = json.loads(body)
        except ValueError:
            if not has("drops"):
                self._answer(200 if has("lenient") else 400, "no JSON")
            self.close_connection = has("drops")
            return
        if payload["action"] == "throw":
            message = "Internal Server Error" if has("mute") else payload["message"]
            self._answer(200 if has("error-200") else 503 if has("error-503") else 500, message)
        else:
            self._answer(200, self._result(payload))

    def _result(self, payload: dict[str, Any]) -> object:
        if payload["action"] == "context":
            return self._context()
        if payload["action"] == "sleep":
            time.sleep(min(payload["seconds"], 1 if has("hurries") else 60))
        return payload["value"]

    def _context(self) -> dict[str, str]:
        org = json.loads(base64.b64decode(self.headers["ce-sfcontext"]))["userContext"]
        token = json.loads(base64.b64decode(self.headers["ce-sffncontext"]))["accessToken"]
        _Handler.first_token = _Handler.first_token or token
        return {
            "id": "1" if has("anonymous") else self.headers["ce-id"],
            "orgId": org["orgId"],
            "username": org["username"],
            "accessToken": _Handler.first_token if has("remembers") else token,
        }

    def _answer(self, status: int, value: object) -> None:
        text = json.dumps(value, ensure_ascii=False)
        body = text.encode("latin-1", "replace") if has("latin") else text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html" if has("html") else "application/json")
        self.send_header("Content-Length", str(len(text) if has("characters") else len(body)))
        if not has("uninformative"):
            self.send_header("X-Extra-Info", self._extra_info(status, str(value)))
        if has("again") and status >= 400:
            self.send_header("Retry-After", "1")
        self.end_headers()
        self.wfile.write(body + (b"\n" if has("surplus") else b""))

    def _extra_info(self, status: int, text: str) -> str:
        if has("raw"):
            return "failed: " + text[:80].encode().decode("latin-1") if status >= 400 else "fine"
        info: dict[str, object] = {"requestId": self.headers.get("ce-id"), "statusCode": status}
        if status == 500 and not has("modest"):
            info["isFunctionError"] = True
        return quote(json.dumps(info))

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _One(HTTPServer):
    request_queue_size = 64


class _Many(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


def stop(*_: object) -> None:
    """Answer what runs, then end."""

    def end() -> None:
        while _Handler.running:
            time.sleep(0.01)
        os._exit(0)

    threading.Thread(target=end).start()


def main() -> None:
    """Serve until a signal."""
    if has("ends"):
        sys.exit("no such module")
    if not has("mortal"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN if has("immortal") else stop)
    port = 0 if has("elsewhere") else int(os.environ["PORT"])
    kind = _One if has("single") else _Many
    with kind(("" if has("public") else "127.0.0.1", port), _Handler) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
