"""Which sockets a server listens on."""

import contextlib
import socket

import pytest

from salesforce_functions._internal.listener import listen


def has_ipv6() -> bool:
    """Tell whether this machine has an IPv6 loopback address."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


def addresses(host: str) -> set[str]:
    """Listen on a free port of a host, connect to it, and return the addresses listened on."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(sock) for sock in listen(host, 0)]
        names = [sock.getsockname() for sock in sockets]
        assert len({name[1] for name in names}) == 1
        for name in names:
            socket.create_connection(name[:2]).close()
        return {name[0] for name in names}


def test_localhost_is_every_loopback_address_it_stands_for() -> None:
    """With one port for all of them, and without those that this machine does not have."""
    expected = {info[4][0] for info in socket.getaddrinfo("localhost", 0)}
    if not has_ipv6():
        expected.discard("::1")

    assert addresses("localhost") == expected


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])  # noqa: S104  # bound for a moment
def test_an_address_is_itself(host: str) -> None:
    """Nothing more is opened than was asked for."""
    assert addresses(host) == {host}


@pytest.mark.skipif(not has_ipv6(), reason="no IPv6 here")
def test_an_ipv6_address_takes_no_ipv4_address() -> None:
    """Another server may have the same port there."""
    with contextlib.ExitStack() as stack:
        (sock,) = listen("::", 0)
        stack.enter_context(sock)
        for other in listen("0.0.0.0", sock.getsockname()[1]):  # noqa: S104
            stack.enter_context(other)


def test_a_port_in_use_is_an_error() -> None:
    """It is not silently left out like an address that does not exist."""
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        listen("127.0.0.1", taken.getsockname()[1])


def test_an_address_of_another_machine_is_an_error() -> None:
    """A server that listens nowhere must not start."""
    with pytest.raises(OSError, match="assign requested address"):
        listen("192.0.2.1", 0)
