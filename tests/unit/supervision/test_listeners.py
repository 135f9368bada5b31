"""Who listens on a port, asked of real sockets and processes."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from supervision.function_port import FunctionPort
from supervision.listeners import (
    _asked,
    _Listener,
    _read,
    holder_of,
    sockets_below,
    sockets_on,
    takes_connections,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc")

LISTEN = """
import socket, sys
with socket.create_server(("127.0.0.1", 0)) as sock:
    print(sock.getsockname()[1], flush=True)
    sys.stdin.read()
"""
"""Runs until its stdin ends."""
BELOW = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"
"""Runs another program as its child."""


def inode(sock: socket.socket) -> int:
    """Return the number of a socket."""
    return os.fstat(sock.fileno()).st_ino


@pytest.mark.parametrize(
    "address",
    [
        ("127.0.0.1", socket.AF_INET),
        ("", socket.AF_INET),
        ("::", socket.AF_INET6),
        ("::ffff:127.0.0.1", socket.AF_INET6),
    ],
    ids=["loopback", "any", "any-of-both", "mapped"],
)
def test_socket_that_takes_loopback_is_found(address: tuple[str, socket.AddressFamily]) -> None:
    """Whatever it is bound to, when 127.0.0.1 leads to it; and we hold it."""
    host, family = address
    if family is socket.AF_INET6 and not socket.has_dualstack_ipv6():
        pytest.skip("this machine has no IPv6")
    dual = ":" in host
    with socket.create_server((host, 0), family=family, dualstack_ipv6=dual) as sock:
        port = sock.getsockname()[1]

        assert sockets_on(port) == {inode(sock)}
        assert holder_of(port).endswith(f" (process {os.getpid()})")
    assert sockets_on(port) == frozenset()
    assert holder_of(port) == ""


@pytest.mark.parametrize("host", ["::1", "127.0.0.2"])
def test_socket_of_another_address_is_not_meant(host: str) -> None:
    """What is sent to 127.0.0.1 does not come there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    if family is socket.AF_INET6 and not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    with socket.create_server((host, 0), family=family) as sock:
        assert sockets_on(sock.getsockname()[1]) == frozenset()


@pytest.mark.parametrize("arguments", [[LISTEN], [BELOW, LISTEN]], ids=["child", "grandchild"])
def test_socket_of_a_process_below_is_found(arguments: list[str]) -> None:
    """The function may be a process of the command that was started."""
    command = [sys.executable, "-c", *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        port = int(child.stdout.readline())
        below = sockets_below(os.getpid())

        assert below is not None
        assert sockets_on(port) <= below
        assert child.stdin is not None
        child.stdin.close()


def test_who_is_not_below_is_a_stranger(tmp_path: Path) -> None:
    """We are not below ourselves; without a supervisord, whoever listens is believed."""
    (tmp_path / "supervisord.pid").write_text(f"{os.getpid()}\n")
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]

        assert not FunctionPort(port, tmp_path).is_ours()
        assert FunctionPort(port, None).is_ours()


def test_another_process_on_a_port_that_was_ours_is_found_out(tmp_path: Path) -> None:
    """What was known of the port's last holder says nothing of the next one."""
    (tmp_path / "supervisord.pid").write_text(f"{os.getpid()}\n")
    command = [sys.executable, "-c", LISTEN]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        port = int(child.stdout.readline())
        asked = FunctionPort(port, tmp_path)
        assert asked.is_ours()
        assert asked.is_ours()
        assert child.stdin is not None
        child.stdin.close()
        child.wait()

    with socket.create_server(("127.0.0.1", port)):
        assert not asked.is_ours()


@pytest.mark.parametrize("ours", [True, False])
def test_of_a_hundred_that_ask_at_once_one_looks(tmp_path: Path, ours: bool) -> None:
    """They wait for a function that restarts, or meet a stranger; a look goes through /proc."""
    (tmp_path / "supervisord.pid").write_text(f"{os.getpid()}\n")
    looks: list[int] = []
    at_once = threading.Barrier(100)
    with socket.create_server(("127.0.0.1", 0)) as sock:
        listening = sockets_on(port := sock.getsockname()[1])

        def below(pid: int) -> frozenset[int]:
            looks.append(pid)
            return listening if ours else frozenset()

        asked = FunctionPort(port, tmp_path, below=below)

        def ask(_: int) -> bool:
            at_once.wait()
            return asked.is_ours()

        with ThreadPoolExecutor(100) as pool:
            answers = set(pool.map(ask, range(100)))

    assert answers == {ours}
    assert len(looks) == 1 if ours else len(looks) < 10


@pytest.mark.parametrize("tell", [lambda: _asked(socket.AF_INET), lambda: _read("tcp")])
def test_kernel_and_table_tell_the_same(tell: Callable[[], Iterator[_Listener]]) -> None:
    """The table is for where the kernel may not be asked, and much slower."""
    with (
        socket.create_server(("127.0.0.1", 0)) as sock,
        socket.create_connection(sock.getsockname()) as connected,
    ):
        found = [each for each in tell() if each.inode in {inode(sock), inode(connected)}]
        port = sock.getsockname()[1]

        address = socket.inet_aton("127.0.0.1")
        assert found == [_Listener(address, port, inode(sock), waiting=1)]


def test_whoever_accepts_nobody_is_seen() -> None:
    """A connection is made by the kernel; that it waits there says that nobody takes it."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]
        assert takes_connections(port)
        with socket.create_connection(sock.getsockname()):
            assert not takes_connections(port)
            sock.accept()[0].close()
            assert takes_connections(port)
    assert not takes_connections(port)
