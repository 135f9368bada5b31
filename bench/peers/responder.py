"""``python -m bench.peers.responder PORT``: a function that costs next to nothing."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any, Final
from urllib.parse import quote

import httptools
import uvloop

ANSWER: Final = json.dumps({"greeting": "Hello, Ada!", "padding": "x" * 600}).encode()
INFO: Final = quote(json.dumps({"requestId": "n/a", "source": "n/a", "statusCode": 200}), safe="")
_RESPONSE: Final = (
    f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Extra-Info: {INFO}\r\n"
    f"Content-Length: {len(ANSWER)}\r\n\r\n"
).encode() + ANSWER


class _Connection(asyncio.Protocol):
    """Answers every request with the same bytes."""

    def connection_made(self, transport: Any) -> None:  # noqa: ANN401 - one of two classes
        self._transport = transport
        self._parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        self._transport.write(_RESPONSE)


async def _serve(port: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Connection, "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(int(sys.argv[1])))
