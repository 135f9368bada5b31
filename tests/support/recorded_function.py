"""The function that the public reference was recorded with, as the official Node runtime serves it.

``python recorded_function.py PORT``. It answers the org's accounts, or does what the payload's
``do`` says: ``echo`` its value, ``throw`` its text, answer something of a ``large`` size.
"""

import base64
import json
import sys
import urllib.request
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote

ENCODE_URI = ";,/?:@&=+$-_.!~*'()#"
"""What JavaScript's ``encodeURI`` leaves as it is."""
QUERY = "SELECT+Id,Name+FROM+Account+ORDER+BY+Name"


def run(payload: Any, headers: Message) -> Any:  # noqa: ANN401
    """Be the function.

    Raises:
        RuntimeError: the payload asks for it.
    """
    match payload:
        case {"do": "echo", "value": value}:
            return value
        case {"do": "throw", "text": text}:
            raise RuntimeError(text)
        case {"do": "large", "size": size}:
            return "x" * size
    return accounts(
        base=context(headers, "ce-sfcontext")["userContext"]["salesforceBaseUrl"],
        token=context(headers, "ce-sffncontext")["accessToken"],
    )


def accounts(*, base: str, token: str) -> list[dict[str, str]]:
    """Ask the org, with the token that the proxy lends."""
    request = urllib.request.Request(  # noqa: S310 - the simulated org
        f"{base}/services/data/v65.0/query?q={QUERY}", headers={"Authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
        records = json.load(answer)["records"]
    return [{"Id": each["Id"], "Name": each["Name"]} for each in records]


def context(headers: Message, name: str) -> dict[str, Any]:
    """Return what a context header says."""
    decoded: dict[str, Any] = json.loads(base64.b64decode(headers[name]))
    return decoded


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.headers.get("x-health-check") == "true":
            self._answer(200, "OK")
            return
        try:
            result = run(json.loads(body), self.headers)
        except json.JSONDecodeError:
            text = "SyntaxError: Expected property name or '}' in JSON at position 1"
            self._answer(503, text)
        except RuntimeError as error:
            self._answer(500, f"Function threw: {error}", stack=f"Error: {error}\n    at main")
        else:
            self._answer(200, json.dumps(result, separators=(",", ":"), ensure_ascii=False))

    def _answer(self, status: int, text: str, *, stack: str = "") -> None:
        info = {
            "requestId": self.headers.get("ce-id", "n/a"),
            "source": self.headers.get("ce-source", "n/a"),
            "execTimeMs": 0,
            "statusCode": status,
            "isFunctionError": bool(stack),
            "stack": stack,
        }
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("x-extra-info", quote(json.dumps(info), safe=ENCODE_URI))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True


if __name__ == "__main__":
    with _Server(("127.0.0.1", int(sys.argv[1])), _Handler) as server:
        server.serve_forever()
