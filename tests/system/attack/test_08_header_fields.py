"""8: what a head costs is bounded before anything is made of it."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Final

import psutil
import pytest

from localstack.ports import free_port
from localstack.proxy import ProxyProcess, running_proxy
from localstack.settings import settings
from tests.system.attack.raw_http import Connection, check_answer

START: Final = b"GET /livez HTTP/1.1\r\nHost: functions.example\r\n"
FIELDS: Final = START + b"a:\r\n" * 32_512 + b"\r\n"
"""127 kB that once cost a seventh of a second each."""
EMPTY_LINES: Final = b"\r\n" * 65_000
"""127 kB before a request, which cost ten times as much."""
TIMES: Final = 100
CPU_S: Final = 1.0


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProxyProcess]:
    """One without org and function."""
    env = settings(org_url="http://127.0.0.1:1", port=free_port(), function_port=1)
    with running_proxy(tmp_path_factory.mktemp("proxy"), env) as started:
        yield started


@pytest.mark.parametrize(
    ("head", "status"),
    [
        pytest.param(START + b"a:\r\n" * 100 + b"\r\n", 431, id="101-fields"),
        pytest.param(START + b"a:\r\n" * 5_000 + b"\r\n", 431, id="5000-fields"),
        pytest.param(START + b"a: " + b"b" * 17_000 + b"\r\n\r\n", 431, id="field-of-17-kB"),
        pytest.param(START + b"ce-sfcontext:" + b"b" * 33_000 + b"\r\n", 431, id="context-33-kB"),
        pytest.param(b"GET /" + b"a" * 8_192 + b" HTTP/1.1\r\n", 414, id="target-of-8-kB"),
        pytest.param(b"GET /" + b"a" * 100_000, 414, id="target-of-100-kB"),
    ],
)
def test_08_head_over_a_limit_is_refused(proxy: ProxyProcess, head: bytes, status: int) -> None:
    """Its connection ends; a head that is not complete is not waited for."""
    with Connection(proxy.port) as connection:
        connection.send(head)
        [answer] = connection.answers(1)
        assert connection.rest() == b""

    check_answer(answer)
    assert (answer.status, answer.headers["Connection"]) == (status, "close")


@pytest.mark.parametrize("data", [FIELDS, EMPTY_LINES], ids=["fields", "empty-lines"])
def test_08_hundred_such_heads_cost_less_than_a_second(
    proxy: ProxyProcess, data: bytes, record_property: Callable[[str, object], None]
) -> None:
    """Of the processor, on whose one thread everybody else's bytes wait."""
    before_s = cpu_s(proxy)
    for _ in range(TIMES):
        with Connection(proxy.port) as connection, contextlib.suppress(ConnectionError):
            connection.send(data)
            connection.hang_up()
            connection.rest()
    took_s = cpu_s(proxy) - before_s

    record_property("measured", f"{TIMES} heads of 127 kB: {took_s:.2f} s of processor time")
    assert took_s < CPU_S


def cpu_s(proxy: ProxyProcess) -> float:
    """Return what it has used of the processor so far."""
    times = psutil.Process(proxy.process.pid).cpu_times()
    return float(times.user + times.system)
