"""Lets supervisord hold a socket for IPv6 and IPv4 alike; by itself it knows IPv4 only.

Heroku's newer generation reaches a dyno by IPv6, and a socket that a proxy opened for itself would
refuse everyone while that proxy restarts.
"""

from __future__ import annotations

import socket
from typing import Any

from supervisor.datatypes import InetStreamSocketConfig
from supervisor.options import ServerOptions


class DualStackSocket(InetStreamSocketConfig):  # type: ignore[misc]
    """A socket for everyone who can reach this host, whatever address is configured."""

    def create_and_bind(self) -> socket.socket:
        """Return it, bound; for IPv4 alone on a host without IPv6.

        Raises:
            OSError: the port is taken.
        """
        try:
            return _bound(self.port)
        except OSError:
            ipv4: socket.socket = super().create_and_bind()
            return ipv4


class DualStackOptions(ServerOptions):  # type: ignore[misc]
    """supervisord's own, except for ``socket=tcp://0.0.0.0:PORT``."""

    def parse_fcgi_socket(self, sock: str, *arguments: Any) -> Any:  # noqa: ANN401 - its signature
        """Return what a ``socket=`` of the configuration means."""
        meant = super().parse_fcgi_socket(sock, *arguments)
        if isinstance(meant, InetStreamSocketConfig) and meant.host == "0.0.0.0":  # noqa: S104
            return DualStackSocket(meant.host, meant.port, backlog=meant.backlog)
        return meant


def _bound(port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        sock.bind(("::", port))
    except OSError:
        sock.close()
        raise
    return sock
