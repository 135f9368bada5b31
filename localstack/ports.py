"""Ports: which nobody has, and whether somebody listens."""

import contextlib
import itertools
import random
import socket

_ports = itertools.cycle(random.sample(range(20_000, 32_000), 12_000))


def free_port() -> int:
    """Return a port that nobody listens on.

    Programs run side by side: each takes its own way through ports that no kernel gives to an
    outgoing connection, so nobody else takes one before it is used.
    """
    while True:
        port = next(_ports)
        with socket.socket() as sock, contextlib.suppress(OSError):
            sock.bind(("127.0.0.1", port))
            return port


def is_listening(port: int, *, host: str = "127.0.0.1") -> bool:
    """Tell whether somebody takes connections."""
    with contextlib.suppress(OSError), socket.create_connection((host, port)):
        return True
    return False


def url_of(port: int) -> str:
    """Return where a program of ours is."""
    return f"http://127.0.0.1:{port}"
