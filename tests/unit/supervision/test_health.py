"""Health is asked by anyone: a crowd must not cost more than one thread."""

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, cast

from invocation.function.calls_under_way import CallsUnderWay
from invocation.function.client import Health
from supervision.health import FunctionHealth

if TYPE_CHECKING:
    from invocation.function.client import FunctionClient


class Function:
    """Counts its probes and answers them when it is let."""

    def __init__(self) -> None:
        self.probes = 0
        self.state = Health.WELL
        self.let = threading.Event()
        self.let.set()
        self.asked = threading.Event()

    def health(self, *, timeout_s: float) -> Health:
        """Be well or not."""
        assert 0 < timeout_s < 10
        self.probes += 1
        self.asked.set()
        assert self.let.wait(10)
        return self.state


def health_of(function: Function, *, port: int = 0, run_dir: Path | None = None) -> FunctionHealth:
    """Return what asks it."""
    return FunctionHealth(cast("FunctionClient", function), port=port, run_dir=run_dir)


def test_each_answer_is_fresh() -> None:
    """A function that has just died is not called well."""
    function = Function()
    health = health_of(function)

    assert health.look() is Health.WELL
    function.state = Health.SILENT
    assert health.look() is Health.SILENT


def test_a_hung_function_is_asked_by_one_thread() -> None:
    """While one asks, the others are told what was known before."""
    function = Function()
    health = health_of(function)
    assert health.look() is Health.WELL
    function.let.clear()
    function.asked.clear()
    with ThreadPoolExecutor(30) as pool:
        first = pool.submit(health.look)
        assert function.asked.wait(10)

        others = [pool.submit(health.look) for _ in range(29)]
        assert [other.result(10) for other in others] == [Health.WELL] * 29
        assert function.probes == 2

        function.state = Health.SILENT
        function.let.set()
        assert first.result(10) is Health.SILENT


def silent_since_now(run_dir: Path, port: int, now_s: list[float]) -> FunctionHealth:
    """Return the health of a function that answers no check."""
    function = Function()
    function.state = Health.SILENT
    return FunctionHealth(
        cast("FunctionClient", function), port=port, run_dir=run_dir, clock=lambda: now_s[0]
    )


def test_a_function_that_works_on_calls_is_busy_not_hung(tmp_path: Path) -> None:
    """All of its threads work, so none says that it is well; it takes connections."""
    calls = CallsUnderWay(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as sock:
        health = silent_since_now(tmp_path, sock.getsockname()[1], [100.0])
        assert health.look() is Health.SILENT
        with calls.one(130.0):
            assert health.look() is Health.BUSY
        assert health.look() is Health.SILENT


def test_later_calls_are_no_reason_to_be_silent(tmp_path: Path) -> None:
    """A frozen function under load is found out when its first calls have had their time."""
    now_s = [100.0]
    calls = CallsUnderWay(tmp_path, clock=lambda: now_s[0])
    with socket.create_server(("127.0.0.1", 0)) as sock:
        health = silent_since_now(tmp_path, sock.getsockname()[1], now_s)
        with calls.one(130.0):
            assert health.look() is Health.BUSY
            now_s[0] = 129.0
            with calls.one(159.0):
                calls.moved(came=False)
                assert health.look() is Health.BUSY
                now_s[0] = 131.0
                assert health.look() is Health.SILENT
                calls.moved(came=True)
                assert health.look() is Health.BUSY


def test_a_function_that_takes_nobody_and_moves_nothing_hangs(tmp_path: Path) -> None:
    """Its calls would run into their deadlines."""
    now_s = [99.0]
    calls = CallsUnderWay(tmp_path, clock=lambda: now_s[0])
    with (
        socket.create_server(("127.0.0.1", 0)) as sock,
        socket.create_connection(sock.getsockname()),
        calls.one(130.0),
    ):
        health = silent_since_now(tmp_path, sock.getsockname()[1], now_s)
        calls.moved(came=False)
        now_s[0] = 100.0
        assert health.look() is Health.BUSY
        now_s[0] = 103.0
        assert health.look() is Health.SILENT
