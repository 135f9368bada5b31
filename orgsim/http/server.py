"""Serves an org on a real socket, in a thread, until it is told to stop."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any, Final

from waitress import wasyncore
from waitress.server import create_server

from orgsim.http.app import create_app
from orgsim.org import SimulatedOrg

THREADS: Final = 64
"""A planned latency holds one, and must not hold up other requests."""
_MOST_CONNECTIONS: Final = 1000
_LARGEST_REQUEST: Final = 16 * 1024 * 1024
_SETTINGS: Final[dict[str, Any]] = {
    "connection_limit": _MOST_CONNECTIONS,
    "max_request_body_size": _LARGEST_REQUEST,
    # Nothing goes through temporary files: requests are bounded, and answers small or waited for.
    "inbuf_overflow": 2 * _LARGEST_REQUEST,
    "outbuf_overflow": 4 * _LARGEST_REQUEST,
    "asyncore_use_poll": True,  # select() ends at file descriptor 1023
    "clear_untrusted_proxy_headers": True,
    "ident": "orgsim",
}


@contextlib.contextmanager
def running(
    org: SimulatedOrg, *, host: str = "127.0.0.1", port: int = 0, threads: int = THREADS
) -> Iterator[str]:
    """Serve ``org`` for the length of a ``with`` block, which gets its URL.

    Args:
        org: what is served.
        host: the address to listen at; anything but loopback lets others steer the org.
        port: the port to listen at; 0: any that is free.
        threads: how many requests are answered at once.

    Raises:
        OSError: the address cannot be listened at.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    stopping = threading.Event()
    channels: dict[int, Any] = {}
    with socket.create_server((host, port), family=family) as listener:
        app = create_app(org, stopping)
        server = create_server(app, map=channels, sockets=[listener], threads=threads, **_SETTINGS)
        loop = threading.Thread(
            target=_serve, args=(server, channels, stopping), name="orgsim", daemon=True
        )
        loop.start()
        try:
            yield f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"
        finally:
            stopping.set()
            server.pull_trigger()
            loop.join()
            server.close()


def _serve(server: Any, channels: dict[int, Any], stopping: threading.Event) -> None:  # noqa: ANN401
    """Run waitress's loop until ``stopping``, then let go of every connection and thread.

    ``server.run()`` knows no end but a signal, and leaves its connections open.
    """
    while not stopping.is_set():
        wasyncore.loop(timeout=1, use_poll=True, map=channels, count=1)
    for channel in list(server.active_channels.values()):
        channel.handle_close()
    server.task_dispatcher.shutdown()
