"""Whether it listens where the proxy looks for it, and says that it is well."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, Final

from conformance.event import HEALTH_CHECK
from conformance.fault import Fault
from conformance.program import HOST

if TYPE_CHECKING:
    from conformance.server import Server

ELSEWHERE: Final = "127.0.0.2"
"""An address of this machine on Linux, where whoever listens on 127.0.0.1 alone does not listen."""
_PAUSE_S: Final = 0.02


def listens(server: Server) -> str:
    """Take connections on the port that ``PORT`` names, in time."""
    began = time.monotonic()
    while not _takes_connections(server.host, server.port):
        if server.program and server.program.exit_code is not None:
            said = f"exit code {server.program.exit_code} ({server.program.last_words()})"
            raise Fault(f"it ended with {said}", "let it run until it is signalled")
        if time.monotonic() - began > server.start_s:
            raise Fault(
                f"nothing listens on {server.host}:{server.port} after {server.start_s:g} s",
                "listen on 127.0.0.1 and the port that the environment variable PORT names",
            )
        time.sleep(_PAUSE_S)
    return f"after {time.monotonic() - began:.2f} s" if server.program else ""


def is_healthy(server: Server) -> str:
    """Answer a health check with 200; it is a POST without body and content type."""
    with server.connect() as connection:
        status = connection.post(HEALTH_CHECK).status
    if status != 200:
        raise Fault(
            f"a health check is answered with {status}",
            "answer 200 to a POST with x-health-check: true before you look at anything else, "
            "since it has neither body nor content type",
        )
    return ""


def is_private(server: Server) -> str:
    """Listen for this machine alone: a call holds a token."""
    if server.host == HOST and _takes_connections(ELSEWHERE, server.port):
        raise Fault(
            "it listens on every address, so others can call it past the proxy",
            "listen on 127.0.0.1 alone",
        )
    return ""


def _takes_connections(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True
