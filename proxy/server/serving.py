"""Waitress, set up: sockets, limits, and its own refusals in our form."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import struct
import sys
import termios
from typing import TYPE_CHECKING, Any, Final

import waitress.channel
import waitress.server
import waitress.task

from proxy.error_answer import error_answer
from proxy.first_look import HEAD, first_look
from proxy.server.bodies import BodyBudget
from proxy.server.connection_limit import room_for
from proxy.server.draining_server import DrainingServer
from proxy.server.framing import Answered, Leftover, Refusal, RequestParser
from proxy.server.slow_clients import CROWDED, Wait

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping

    from invocation.settings.config import Config
    from proxy.first_look import FirstLook

BACKLOG: Final = 1024
MOST_CONNECTIONS: Final = 2000
"""None is taken beyond that, or beyond what the system has room for; see also `slow_clients`."""
MOST_HEADER_BYTES: Final = 128 * 1024
"""Two contexts of 32 KiB, a token, and the rest."""
CHANNEL_TIMEOUT_S: Final = 120
"""Heroku's router keeps an idle connection for 90 s; closing it earlier loses requests."""

_AT_ONCE: Final = struct.pack("ii", 1, 0)


class JsonErrorTask(waitress.task.ErrorTask):  # type: ignore[misc]
    """What waitress refuses by itself (bad framing, too large), answered in the proxy's form."""

    def execute(self) -> None:
        """Write the answer and close the connection, on which nothing can be trusted any more."""
        error = self.request.error
        if isinstance(error, Answered):
            self.wrote_header = self.close_on_finish = True
            return
        self.request.headers["CONNECTION"] = "close"  # or a wish to keep it would be granted too
        ours = isinstance(error, Refusal)  # waitress's texts may quote the request
        answer = error_answer(error.code, error.body if ours else error.reason)
        self.status = answer.status
        self.response_headers += [("Content-Length", str(len(answer.body))), *answer.headers]
        self.set_close_on_finish()
        self.write(b"" if getattr(self.request, "command", "") == "HEAD" else answer.body)


class DrainingTask(waitress.task.WSGITask):  # type: ignore[misc]
    """Answers a request; the last one of its connection when the process drains."""

    def get_environment(self) -> dict[str, Any]:
        """Tell the app what its head is about."""
        environ: dict[str, Any] = super().get_environment()
        environ[HEAD] = self.request.head
        return environ

    def build_response_header(self) -> bytes:
        """Tell the client to come by another connection."""
        if self.channel.server.draining.is_set():
            self.request.headers["CONNECTION"] = "close"
        header: bytes = super().build_response_header()
        return header


class Channel(waitress.channel.HTTPChannel):  # type: ignore[misc]
    """One client connection."""

    task_class = DrainingTask
    error_task_class = JsonErrorTask
    wait: Wait | None = None
    """Of `proxy.server.slow_clients`."""
    _sent_bytes = 0

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - untyped library
        self._leftover = Leftover()
        super().__init__(*arguments, **named)

    def parser_class(self, adj: Any) -> RequestParser:  # noqa: ANN401 - untyped library
        """Return what parses the next request."""
        server = self.server
        return RequestParser(
            adj, look=server.look, budget=server.body_budget, leftover=self._leftover
        )

    def handle_close(self) -> None:
        """Close it, and forget at once what has come of a request."""
        if self.request:
            self.request.close()
        super().handle_close()

    def send(self, data: bytes, do_close: bool = True) -> int:
        """Send what fits, and count it."""
        sent: int = super().send(data, do_close)
        self._sent_bytes += sent
        return sent

    def taken_bytes(self) -> int:
        """Return how many bytes of answers the client's machine has acknowledged."""
        waiting = bytearray(4)
        with contextlib.suppress(OSError, TypeError, ValueError):  # a worker is closing it
            fcntl.ioctl(self.socket, termios.TIOCOUTQ, waiting)  # SIOCOUTQ, by its older name
        return self._sent_bytes - int.from_bytes(waiting, sys.byteorder)

    def give_up(self) -> None:
        """Close it now. What its client did not take would hold the system's memory for minutes."""
        if self.total_outbufs_len and (sock := self.socket):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        self.handle_close()

    def _flush_some(self, do_close: bool = True) -> bool:
        """Send what fits, one thread at a time.

        waitress's loop takes no lock here; meanwhile a worker may send ``100 Continue`` to a
        request that waits behind its own, and both would send the same bytes.
        """
        with self.outbuf_lock:
            flushed: bool = super()._flush_some(do_close)
        return flushed


def create_server(
    app: Callable[..., Any], config: Config, *, draining: threading.Event
) -> DrainingServer:
    """Return waitress, listening; ``run()`` serves until the process is told to stop."""
    parts: dict[int, Any] = {}
    most = room_for(MOST_CONNECTIONS, threads=config.threads)
    waitress.server.create_server(
        app,
        map=parts,
        sockets=[listening_socket(config.port)],
        threads=config.threads,
        connection_limit=most,
        asyncore_use_poll=True,  # select() fails for descriptors above 1023
        channel_timeout=CHANNEL_TIMEOUT_S,
        max_request_header_size=MOST_HEADER_BYTES,
        # Falcon's limit answers first; this one stops what must not even be received.
        max_request_body_size=config.max_body_bytes + 64 * 1024,
        ident=None,
    )
    for part in parts.values():
        if isinstance(part, waitress.server.TcpWSGIServer):
            part.channel_class = Channel
            part.draining = draining
            part.look = _look(config.max_body_bytes)
            part.body_budget = BodyBudget(config.body_budget_bytes // config.processes)
    return DrainingServer(parts, draining, crowded=min(CROWDED, most // 2))


def _look(max_body_bytes: int) -> Callable[[str, str, Mapping[str, str], int], FirstLook]:
    def look(method: str, path: str, headers: Mapping[str, str], size: int) -> FirstLook:
        return first_look(method, path, headers, size=size, max_body_bytes=max_body_bytes)

    return look


def listening_socket(port: int) -> socket.socket:
    """Return supervisord's socket (fd 0), which stays open while a proxy restarts, or our own."""
    return _inherited_socket() or _own_socket(port)


def _inherited_socket() -> socket.socket | None:
    try:
        sock = socket.socket(fileno=os.dup(0))
    except OSError:  # no descriptor 0, or no socket
        return None
    if sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        return sock
    sock.close()
    return None


def _own_socket(port: int) -> socket.socket:
    if socket.has_dualstack_ipv6():
        return socket.create_server(
            ("", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=BACKLOG
        )
    return socket.create_server(("", port), backlog=BACKLOG)
