"""An org of one's own making: it says exactly what a test tells it to, byte for byte."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import pytest

from salesforce_functions.data_api import DataAPI
from salesforce_functions.data_api.exceptions import DataApiError

T = TypeVar("T")

ORG_TOKEN: Final = "00DJS0000000123ABC!a-token-of-the-org"
"""What opens the org."""

NEVER: Final = b""
"""Stands for an answer that does not come."""

CUT: Final = b"<the connection ends>"
"""At the end of an answer: nothing comes after it, not even the rest of it."""


def answer(status: int, payload: object = None, *, body: bytes | None = None) -> bytes:
    """Return the bytes of an answer with a JSON value, or with any other body."""
    content = json.dumps(payload).encode() if body is None else body
    if status == 204:
        return b"HTTP/1.1 204 No Content\r\n\r\n"
    head = f"HTTP/1.1 {status} Whatever\r\nContent-Length: {len(content)}\r\n\r\n"
    return head.encode() + content


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """A request as it arrived."""

    method: str
    """The HTTP method."""

    target: str
    """Path and query, as they were written."""

    headers: dict[str, str]
    """The headers, names in lower case."""

    body: bytes
    """The content."""

    @property
    def json(self) -> Any:  # noqa: ANN401  # whatever was sent
        """The content, decoded."""
        return json.loads(self.body)


class ScriptedOrg:
    """Answers requests one after the other with what it was given.

    Attributes:
        seen: the requests so far.
        connections: how many connections were opened.
    """

    def __init__(self, *answers: bytes) -> None:
        self.seen: list[Seen] = []
        self.connections = 0
        self._answers = list(answers)
        self._tasks: list[asyncio.Task[None]] = []
        self._writers: list[asyncio.StreamWriter] = []

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        """Listen for the length of the block, which gets the URL."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            for writer in self._writers:
                writer.close()  # a task that had not begun closed nothing

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        self._tasks.append(asyncio.create_task(self._talk(reader, writer)))

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                self.seen.append(await _read(reader))
                reply = self._answers.pop(0)
                if reply is NEVER:
                    await asyncio.Event().wait()
                writer.write(reply.removesuffix(CUT))
                await writer.drain()
                if reply.endswith(CUT):
                    return
        except (asyncio.IncompleteReadError, IndexError, ConnectionError):
            pass  # the client is done, or it gets no further answer
        finally:
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Seen:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip().split("\r\n")
    pairs = (line.split(": ", 1) for line in lines)
    headers = {name.lower(): value for name, value in pairs}
    method, target, _ = first.split(" ")
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Seen(method=method, target=target, headers=headers, body=body)


def data_api(url: str, **changes: Any) -> DataAPI:  # noqa: ANN401
    """Return the Data API of the org at a URL."""
    settings = {"org_domain_url": url, "api_version": "56.0", "access_token": ORG_TOKEN}
    return DataAPI(**{**settings, **changes})


def scripted(
    use: Callable[[DataAPI], Awaitable[T]],
    *answers: bytes,
    **changes: Any,  # noqa: ANN401
) -> tuple[T, list[Seen]]:
    """Use the Data API of a scripted org; return the result and the requests it took."""
    org = ScriptedOrg(*answers)
    return asyncio.run(_use(org, use, changes)), org.seen


def refused(
    use: Callable[[DataAPI], Awaitable[object]],
    *answers: bytes,
    **changes: Any,  # noqa: ANN401
) -> tuple[DataApiError, list[Seen]]:
    """Use the Data API of a scripted org in vain; return the error and the requests it took."""
    org = ScriptedOrg(*answers)
    with pytest.raises(DataApiError) as caught:
        asyncio.run(_use(org, use, changes))
    return caught.value, org.seen


async def _use(
    org: ScriptedOrg, use: Callable[[DataAPI], Awaitable[T]], changes: dict[str, Any]
) -> T:
    async with org.running() as url:
        return await use(data_api(url, **changes))
