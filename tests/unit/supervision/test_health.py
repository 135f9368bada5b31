"""Health is asked by anyone: a crowd must not cost more than one thread."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, cast

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


def test_each_answer_is_fresh() -> None:
    """A function that has just died is not called well."""
    function = Function()
    health = FunctionHealth(cast("FunctionClient", function))

    assert health.look() is Health.WELL
    function.state = Health.SILENT
    assert health.look() is Health.SILENT


def test_a_hung_function_is_asked_by_one_thread() -> None:
    """While one asks, the others are told what was known before."""
    function = Function()
    health = FunctionHealth(cast("FunctionClient", function))
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
