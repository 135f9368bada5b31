"""A caller's connection: sends one request at a time and knows how far its answer came."""

import asyncio
from dataclasses import dataclass
from typing import cast


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A whole answer."""

    status: str
    headers: dict[str, str]
    """By their names in lower case."""
    body: str

    @property
    def keeps_connection(self) -> bool:
        """Whether another request may follow."""
        return self.headers.get("connection", "").lower() != "close"


class ConnectionEndedError(Exception):
    """The connection ended before the whole answer was here.

    Attributes:
        began: whether a part of it was.
    """

    def __init__(self, *, began: bool) -> None:
        super().__init__("within the answer" if began else "before the answer")
        self.began = began


class Connection(asyncio.Protocol):
    """Made by ``loop.create_connection``."""

    def __init__(self) -> None:
        self.open = False
        self._received = b""
        self._answer: asyncio.Future[Answer] | None = None
        self._transport: asyncio.Transport  # from `connection_made` on

    @property
    def port(self) -> int:
        """Our end's."""
        port: int = self._transport.get_extra_info("sockname")[1]
        return port

    async def exchange(self, request: bytes) -> Answer:
        """Send a request and return its answer.

        Raises:
            ConnectionEndedError: there is none, or only a part of it.
        """
        self._received = b""
        self._answer = asyncio.get_running_loop().create_future()
        if not self.open:
            raise ConnectionEndedError(began=False)
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        """Close it."""
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; asyncio calls it."""
        self._transport, self.open = cast("asyncio.Transport", transport), True

    def data_received(self, data: bytes) -> None:
        """Take what has arrived; asyncio calls it."""
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found or self._answer is None or self._answer.done():
            return
        first, *lines = head.decode("latin-1").split("\r\n")
        parts = (line.partition(":") for line in lines)
        headers = {name.lower(): value.strip() for name, _, value in parts}
        if len(body) >= int(headers["content-length"]):
            status = first.split(" ")[1]
            self._answer.set_result(Answer(status=status, headers=headers, body=body.decode()))

    def connection_lost(self, _: Exception | None) -> None:
        """Take note of the end; asyncio calls it."""
        self.open = False
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionEndedError(began=bool(self._received)))
