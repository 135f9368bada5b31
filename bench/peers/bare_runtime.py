"""``python -m bench.peers.bare_runtime PORT``: the least a runtime on uvicorn can do for a call.

It reads what an invocation says (content type, both contexts, the body) and answers the body, with
``X-Extra-Info``. It refuses nothing politely, logs nothing and protects nobody.
"""

from __future__ import annotations

import base64
import sys
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import quote

import orjson
import uvicorn

Message = MutableMapping[str, Any]


async def app(
    scope: Message,
    receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    """Answer one request, or live from start to end."""
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    body, status = await _body(receive), 200
    try:
        event, event_id, source = _parse(headers, body)
    except (KeyError, ValueError) as error:
        event, event_id, source, status = repr(error), "n/a", "n/a", 400
    started = time.perf_counter_ns()
    answer = await function(event)
    info = {
        "requestId": event_id,
        "source": source,
        "statusCode": status,
        "execTimeMs": round((time.perf_counter_ns() - started) / 1e6),
    }
    content = orjson.dumps(answer)
    told = quote(orjson.dumps(info), safe="").encode()
    length = str(len(content)).encode()
    start = [
        (b"content-type", b"application/json"),
        (b"x-extra-info", told),
        (b"content-length", length),
    ]
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": content})


async def function(event: object) -> object:
    """Answer what came, as ``bench/echo`` does."""
    return event


def _parse(headers: dict[str, str], body: bytes) -> tuple[object, str, str]:
    if not headers["content-type"].startswith("application/json"):
        raise ValueError("Content-Type")
    for name in ("ce-specversion", "ce-type"):
        headers[name]
    user = orjson.loads(base64.b64decode(headers["ce-sfcontext"], validate=True))["userContext"]
    for name in ("orgId", "userId", "username", "salesforceBaseUrl", "orgDomainUrl"):
        user[name]
    orjson.loads(base64.b64decode(headers["ce-sffncontext"], validate=True))["accessToken"]
    return orjson.loads(body), headers["ce-id"], headers["ce-source"]


async def _body(receive: Callable[[], Awaitable[Message]]) -> bytes:
    parts, more = [], True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


if __name__ == "__main__":
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=65,
    )
