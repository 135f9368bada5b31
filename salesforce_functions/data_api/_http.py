"""Sends requests to the org. The one module that imports aiohttp: only a call makes it load."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp
from yarl import URL

from salesforce_functions._internal.return_value import to_json
from salesforce_functions.data_api._answer import Answer, decode, refuse, unexpected
from salesforce_functions.data_api.exceptions import ClientError


def open_session() -> aiohttp.ClientSession:
    """Open an HTTP session that remembers connections and nothing else.

    Invocations of different users share it, so it keeps no cookies. Nor does it read proxies or
    ``.netrc`` from the environment (aiohttp's default). Each call has a timeout of its own.
    """
    return aiohttp.ClientSession(
        cookie_jar=aiohttp.DummyCookieJar(), timeout=aiohttp.ClientTimeout(total=None)
    )


def failed(error: BaseException, text: str | None = None) -> ClientError:
    """Return our error for one of the connection, whose text may be replaced."""
    reason = f"{type(error).__name__}: {str(error) if text is None else text}"
    return ClientError(f"An error occurred while making the request: {reason}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Connection:
    """One org, reached through one session."""

    session: aiohttp.ClientSession
    """Whoever opened it closes it."""

    base_url: str
    """The org's own URL, without a slash at its end."""

    headers: Mapping[str, str] = field(repr=False)
    """What every request carries; one of them is the access token."""

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> Answer:
        """Ask for something."""
        return decode(*await self._send("GET", f"{path}?{urlencode(query)}" if query else path))

    async def send(self, method: str, path: str, body: dict[str, Any] | None = None) -> Answer:
        """Ask for a change."""
        return decode(*await self._send(method, path, None if body is None else to_json(body)))

    async def download(self, path: str) -> bytes:
        """Return the content of a binary field.

        Raises:
            DataApiError: There is an error in its place.
        """
        status, content = await self._send("GET", path)
        if status != 200:
            raise refuse(decode(status, content))
        return content

    async def _send(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        """Return status and content of an answer, whatever they are.

        Raises:
            ClientError: There was none.
            UnexpectedRestApiResponsePayload: The org named a path that is none, and would lead
                the access token to another host.
        """
        if not path.startswith("/"):
            unexpected()
        content_type = {} if body is None else {"Content-Type": "application/json"}
        try:
            async with self.session.request(
                method,
                URL(self.base_url + path, encoded=True),
                data=body,
                headers={**self.headers, **content_type},
                # The token is for this host. Another one is for the caller to name.
                allow_redirects=False,
            ) as response:
                return response.status, await response.read()
        # ValueError: hosts, ports and header values that cannot be.
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise failed(error) from error
