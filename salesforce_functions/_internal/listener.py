"""Open the sockets a server listens on."""

import errno
import socket
from typing import Any, Final

BACKLOG: Final = 2048
"""How many connections may wait to be accepted."""

_NOT_HERE: Final = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}


def listen(host: str, port: int) -> list[socket.socket]:
    """Open a listening socket for each address of a host, all with the same port.

    An address that this machine does not have is left out: containers often name an IPv6
    ``localhost`` without having IPv6.

    Args:
        host: Name or address; ``localhost`` is usually two addresses.
        port: The port; 0 takes a free one.

    Returns:
        At least one socket; connections are queued from now on.

    Raises:
        OSError: when there is no such host, none of its addresses is ours, or the port is taken.
    """
    sockets: list[socket.socket] = []
    missing: OSError | None = None
    addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    for family, _, _, _, address in addresses:
        chosen = sockets[0].getsockname()[1] if sockets else port
        try:
            sockets.append(_listen_on(family, (address[0], chosen, *address[2:])))
        except OSError as error:
            if error.errno not in _NOT_HERE:
                raise
            missing = error
    if missing is not None and not sockets:
        raise missing
    return sockets


def _listen_on(family: socket.AddressFamily, address: tuple[Any, ...]) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:  # or it would take the IPv4 address as well
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(address)
        sock.listen(BACKLOG)
    except OSError:
        sock.close()
        raise
    return sock
