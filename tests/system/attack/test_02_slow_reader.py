"""2: who takes a large answer slowly gets all of it; who takes it by the byte is given up."""

import contextlib
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from localstack.apex import ApexRequest, apex_request
from localstack.org import new_org
from orgsim import running
from tests.support.fake_function import fake_function
from tests.support.world import running_world
from tests.system.attack.raw_cases import call

LARGE: Final = 12_000_000
RATE: Final = 200_000
"""Bytes a second."""
LIMIT_S: Final = 100.0


def test_02_large_answer_is_taken_at_200_kb_a_second_and_not_by_the_byte(tmp_path: Path) -> None:
    """Both ask for 12 MB, which take a minute; a byte a second is as good as nothing."""
    with contextlib.ExitStack() as stack:
        org = new_org()
        url = stack.enter_context(running(org))
        function = stack.enter_context(fake_function())
        world = stack.enter_context(running_world(org, url, function, tmp_path))
        function.body = b"x" * LARGE
        request = apex_request(world.identity())
        pool = stack.enter_context(ThreadPoolExecutor(2))
        slow = pool.submit(taken, world.proxy.port, request, every_s=0.1, size=RATE // 10)
        drip = pool.submit(taken, world.proxy.port, request, every_s=1.0, size=1)
        head, _, body = slow.result().partition(b"\r\n\r\n")
        dripped = drip.result()

    assert head.startswith(b"HTTP/1.1 200 ")
    assert len(body) == LARGE
    assert len(dripped) < LARGE


def taken(port: int, request: ApexRequest, *, every_s: float, size: int) -> bytes:
    """Call, and take so much of the answer every so often; return what there was to take.

    Raises:
        AssertionError: it went on for too long.
    """
    taken, pace = bytearray(), threading.Event()
    deadline = time.monotonic() + LIMIT_S
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        sock.connect(("127.0.0.1", port))
        sock.settimeout(LIMIT_S)
        sock.sendall(
            call(request, f"slow-{size}").replace(b"\r\n", b"\r\nConnection: close\r\n", 1)
        )
        while not _is_closed(sock) and (piece := sock.recv(size)):
            taken += piece
            assert time.monotonic() < deadline, "it is still there"
            pace.wait(every_s)
    return bytes(taken)


def _is_closed(sock: socket.socket) -> bool:
    """Tell whether the proxy has closed it for good; what has come before could still be read."""
    return sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0
