"""Stands before the org's interfaces: counts every request and plays the planned faults."""

import re
import threading
from collections.abc import Callable, Iterable, Sequence
from email.utils import formatdate
from typing import Any, Final

from waitress.channel import ClientDisconnected

from orgsim.faults import Answer, Fault, Faults, wrong_answer
from orgsim.http.compression import compressed
from orgsim.journal import Journal

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_NOT_THE_ORG: Final = re.compile(r"/(?:_orgsim(?:/.*)?)?", re.DOTALL)
"""The page and the control API: they are never counted and never fail."""

_COMPRESSED: Final = re.compile(r"/services/data/")
"""The REST interface, which compresses its answers for who accepts that."""

_ENDPOINTS: Final = (
    ("token", re.compile(r"/services/oauth2/token/?")),
    ("userinfo", re.compile(r"/services/oauth2/userinfo/?")),
    ("activate", re.compile(r"/services/data/[^/]+/actions/standard/activateSessionPermSet/?")),
    ("query", re.compile(r"/services/data/[^/]+/query(?:/.*)?", re.DOTALL)),
    ("composite", re.compile(r"/services/data/[^/]+/composite/.*", re.DOTALL)),
    ("sobjects", re.compile(r"/services/data/[^/]+/sobjects/.*", re.DOTALL)),
)


class Front:
    """The outermost WSGI app."""

    def __init__(
        self,
        app: WsgiApp,
        faults: Faults,
        journal: Journal,
        stopping: threading.Event,
        clock: Callable[[], float],
    ) -> None:
        """Stand before ``app``.

        Args:
            app: answers truly.
            faults: what is to go wrong.
            journal: told about every request.
            stopping: once set, nobody is kept waiting any more.
            clock: the org's, which its answers show as their ``Date``.
        """
        self._app = app
        self._faults = faults
        self._journal = journal
        self._stopping = stopping
        self._clock = clock

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer one request.

        Raises:
            ClientDisconnected: waitress closes the connection without an answer.
        """
        if _NOT_THE_ORG.fullmatch(environ["PATH_INFO"]):
            return self._app(environ, start_response)
        endpoint = _endpoint_of(environ["PATH_INFO"])
        fault = self._faults.take(endpoint)
        answer = self._answer(environ, fault)
        self._journal.record(
            method=environ["REQUEST_METHOD"],
            path=environ["PATH_INFO"],
            endpoint=endpoint,
            status=str(answer.status) if answer else "none",
            fault=fault.kind if fault else "",
        )
        if answer is None:
            raise ClientDisconnected
        start_response(answer.status_line, list(answer.headers))
        return answer.body

    def _answer(self, environ: dict[str, Any], fault: Fault | None) -> Answer | None:
        """Return the true or the wrong answer; ``None``: close without one."""
        if fault is None:
            return self._true_answer(environ)
        truth = self._true_answer(environ) if fault.applied else None
        if fault.kind == "reset":
            return None
        if fault.kind != "latency":
            return wrong_answer(fault)
        if self._stopping.wait(fault.seconds):
            return None
        return truth or self._true_answer(environ)

    def _true_answer(self, environ: dict[str, Any]) -> Answer:
        started: list[tuple[str, Sequence[tuple[str, str]]]] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], exc_info: object = None
        ) -> None:
            del exc_info  # nothing is sent before the answer is complete
            started.append((status, headers))

        body = b"".join(self._app(environ, start_response))
        status, headers = started[-1]
        if _COMPRESSED.match(environ["PATH_INFO"]):
            accepted = environ.get("HTTP_ACCEPT_ENCODING", "")
            headers, body = compressed(headers, body, accepted)
        headers = [*headers, ("Date", formatdate(self._clock(), usegmt=True))]
        return Answer(status=int(status[:3]), headers=tuple(headers), body=[body])


def _endpoint_of(path: str) -> str:
    for name, pattern in _ENDPOINTS:
        if pattern.fullmatch(path):
            return name
    return "other"
