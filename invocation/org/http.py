"""HTTP to the org: one pool of connections, a deadline that holds, one more try. I/O only."""

from __future__ import annotations

import json
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import requests
import urllib3
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt

from invocation.errors import OrgUnavailable
from invocation.org.abortable import AbortableAdapter, AbortableCall

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from invocation.org.names import AccessToken

LONGEST_ANSWER: Final = 1024 * 1024
"""Bytes of an answer of the org that are read; the real ones are a few kilobytes."""
CONNECT_TIMEOUT_S: Final = 3.0
FIRST_TRY_SHARE: Final = 2 / 3
"""Of the time left: a first try that hangs leaves a third of it for another connection."""

MOST_CAUSES: Final = 20
_LATE: Final = "The org did not answer in time"


class _PassingTroubleError(Exception):
    """A reset, a timeout or a 5xx: the next try may succeed."""

    def __init__(self, text: str, *, why: str) -> None:
        super().__init__(text)
        self.why = why


@dataclass(frozen=True, kw_only=True, slots=True)
class OrgAnswer:
    """What the org answered, not looked at yet."""

    status: int
    body: bytes = field(repr=False)
    clock_ahead_s: float | None = None
    """The org's clock before this machine's, by its ``Date``; None: it has sent none."""

    def json(self) -> Any:  # noqa: ANN401 - the org's word; each caller checks its shape
        """Return the body as JSON; None when it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


class OrgHttp:
    """Sends requests to one or more orgs; safe to share between threads.

    Args:
        connections: kept open per org; as many as threads may call at once.
        clock: monotonic seconds, the one of the deadlines.
        epoch: seconds since 1970, to be compared with the org's.
    """

    def __init__(
        self,
        *,
        connections: int,
        clock: Callable[[], float] = time.monotonic,
        epoch: Callable[[], float] = time.time,
    ) -> None:
        self._clock = clock
        self._epoch = epoch
        # Threads of their own: no timeout of a socket bounds name resolution or a dripping head.
        self._workers = ThreadPoolExecutor(connections, thread_name_prefix="org")
        self._session = requests.Session()
        # Otherwise ~/.netrc would replace the bearer token and HTTPS_PROXY would see it.
        self._session.trust_env = False
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = AbortableAdapter(pool_connections=8, pool_maxsize=connections)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def close(self) -> None:
        """Close the idle connections."""
        self._workers.shutdown(wait=False, cancel_futures=True)
        self._session.close()

    def call(  # noqa: PLR0913 - the parts of an HTTP request
        self,
        method: str,
        url: str,
        deadline: float,
        *,
        token: AccessToken | None = None,
        form: Mapping[str, str] | None = None,
        payload: object = None,
        tries: int = 2,
    ) -> OrgAnswer:
        """Return the org's answer with a status below 300 or from 400 to 499.

        Args:
            method: of HTTP.
            url: at an allowed org.
            deadline: of the clock; it holds for all tries together.
            token: sent as bearer token.
            form: sent as a form.
            payload: sent as JSON.
            tries: 2 for calls that may be repeated after a reset, a timeout or a 5xx.

        Raises:
            OrgUnavailable: no such answer in time.
        """
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        request = requests.Request(method, url, headers=headers, data=form, json=payload)
        shares = iter((FIRST_TRY_SHARE, 1.0)[-tries:])

        def attempt() -> OrgAnswer:
            now = self._clock()
            return self._try(request, now + (deadline - now) * next(shares))

        again = Retrying(
            retry=retry_if_exception_type(_PassingTroubleError),
            stop=stop_after_attempt(tries),
            reraise=True,
        )
        try:
            return again(attempt)
        except _PassingTroubleError as error:
            raise OrgUnavailable(str(error), why=error.why) from error

    def _try(self, request: requests.Request, deadline: float) -> OrgAnswer:
        host = urlsplit(request.url).netloc
        if (left_s := deadline - self._clock()) <= 0:
            raise _PassingTroubleError(_LATE, why=f"{host}: no time is left")
        call = AbortableCall()
        work = self._workers.submit(call.run, lambda: self._exchange(request, deadline))
        try:
            answer: OrgAnswer = work.result(timeout=left_s)
        except TimeoutError as error:
            work.cancel()
            call.abort()
            raise _PassingTroubleError(_LATE, why=f"{host}: silent for {left_s:.1f} s") from error
        if answer.status >= 500:
            text = f"The org answered with status {answer.status}"
            raise _PassingTroubleError(text, why=f"{host}: status {answer.status}")
        if 300 <= answer.status < 400:
            raise OrgUnavailable("The org redirects: orgDomainUrl is not its current My Domain")
        return answer

    def _exchange(self, request: requests.Request, deadline: float) -> OrgAnswer:
        timeout_s = max(0.001, deadline - self._clock())
        try:
            with self._session.send(
                self._session.prepare_request(request),
                timeout=(min(CONNECT_TIMEOUT_S, timeout_s), timeout_s),
                allow_redirects=False,
                stream=True,
            ) as response:
                if response.status_code >= 500:
                    # Not read, so not kept: who is failing may close it under the next try.
                    return OrgAnswer(status=response.status_code, body=b"")
                return OrgAnswer(
                    status=response.status_code,
                    body=self._read(response, deadline),
                    clock_ahead_s=self._clock_ahead(response.headers.get("Date", "")),
                )
        except (requests.Timeout, urllib3.exceptions.ReadTimeoutError) as error:
            raise _PassingTroubleError(_LATE, why=_why(request, error)) from error
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise _PassingTroubleError(
                "The org can't be reached", why=_why(request, error)
            ) from error

    def _clock_ahead(self, date: str) -> float | None:
        try:
            return parsedate_to_datetime(date).timestamp() - self._epoch()
        except (ValueError, TypeError, OverflowError):
            return None

    def _read(self, response: requests.Response, deadline: float) -> bytes:
        """Return the body; `requests` alone would wait for a dripping one without end."""
        body = bytearray()
        while chunk := response.raw.read1(65536, decode_content=False):
            body += chunk
            if len(body) > LONGEST_ANSWER:
                raise OrgUnavailable("The org's answer is too long")
            if self._clock() > deadline:
                raise _PassingTroubleError(_LATE, why="its answer drips")
        return bytes(body)


def _why(request: requests.Request, error: BaseException) -> str:
    """Return host and cause of a connection that failed; never a header or a body."""
    host = urlsplit(request.url).netloc
    if isinstance(error, requests.Timeout | urllib3.exceptions.ReadTimeoutError):
        kind = "connection" if isinstance(error, requests.ConnectTimeout) else "answer"
        return f"{host}: no {kind} in time"
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"{host}: TLS: {cause.verify_message}"
        if isinstance(cause, OSError) and cause.strerror:
            return f"{host}: [Errno {cause.errno}] {cause.strerror}"
    return f"{host}: {type(next(iter(_causes(error)))).__name__}"


def _causes(error: BaseException) -> list[BaseException]:
    """Return an error and what it was made of, the innermost first."""
    found: list[BaseException] = []
    waiting = [error]
    while waiting and len(found) < MOST_CAUSES:
        current = waiting.pop()
        found.insert(0, current)
        inner = (current.__cause__, *current.args, getattr(current, "reason", None))
        waiting += [each for each in inner if isinstance(each, BaseException)]
    return found
