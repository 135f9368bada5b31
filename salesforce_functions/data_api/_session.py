"""The HTTP session that all invocations of a worker share."""

import asyncio
import contextlib
import importlib
import threading
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from aiohttp import ClientSession


async def load_client() -> None:
    """Import the HTTP client when it is first needed.

    It takes as long as everything else that starts a server, so most do not want to wait for it at
    the start, and none on the event loop: other invocations go on meanwhile.
    """
    if not _loaded.is_set():
        await asyncio.to_thread(importlib.import_module, "salesforce_functions.data_api._http")
        _loaded.set()


_loaded = threading.Event()


class SharedSession:
    """One session for one event loop, from `start` to `close`; opened when first needed.

    Anywhere else, as on a thread of a plain function that runs a loop of its own, each call gets
    a session of its own: one that belongs to another loop cannot be used.
    """

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._session: ClientSession | None = None

    def start(self) -> None:
        """Share a session between the calls of the running event loop."""
        self._loop = asyncio.get_running_loop()

    async def close(self) -> None:
        """Share no longer, and close the connections."""
        self._loop = None
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    @contextlib.asynccontextmanager
    async def use(self) -> AsyncIterator["ClientSession"]:
        """Return the session for one call, once `load_client` has run."""
        from salesforce_functions.data_api._http import open_session  # noqa: PLC0415

        if self._loop is not asyncio.get_running_loop():
            async with open_session() as session:
                yield session
            return
        if self._session is None:
            self._session = open_session()
        yield self._session

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        # `dataclasses.asdict(context)` copies everything; connections cannot be.
        return self
