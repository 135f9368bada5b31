"""2: clients that take no answer keep nobody out and hold up no stop."""

import contextlib
import http.client
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from localstack.ports import free_port
from localstack.proxy import ProxyProcess, running_proxy
from localstack.settings import settings
from localstack.waiting import wait_until
from tests.system.attack.deaf import DeafClients, narrow_listener

PROXY_FILES: Final = 700
"""Open files that the proxy may have: with them it takes less than 150 connections."""
MORE_THAN_ALLOWED: Final = 160
CROWDED: Final = 70
"""So many connections are a crowd then: half of those that it takes."""
LOOKS: Final = 30
A_SECOND: Final = 1.0
ON_A_BUSY_MACHINE: Final = 3
"""So many times as long, while other tests have the processors."""


@contextlib.contextmanager
def narrow_proxy(folder: Path) -> Iterator[ProxyProcess]:
    """Run a proxy that is soon full, of connections and of answers."""
    port = free_port()
    env = settings(org_url="http://127.0.0.1:1", port=port, function_port=1)
    with (
        narrow_listener(port) as listener,
        running_proxy(folder, env, listener=listener, most_files=PROXY_FILES) as proxy,
    ):
        yield proxy


def look_at_health(port: int) -> float:
    """Return how long a look takes, over a new connection."""
    began = time.monotonic()
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as http_:
        http_.request("GET", "/livez")
        assert http_.getresponse().status == 200
    return time.monotonic() - began


def test_02_as_many_deaf_clients_as_connections_keep_nobody_out(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Health is told within a second all the time, while those who are closed come back."""
    with (
        narrow_proxy(tmp_path) as proxy,
        DeafClients(port=proxy.port, size=MORE_THAN_ALLOWED).around() as crowd,
    ):
        took_s = []
        while crowd.closed <= MORE_THAN_ALLOWED:
            took_s.append(look_at_health(proxy.port))

    record_property("measured", f"longest look at health among the deaf: {max(took_s):.2f} s")
    assert max(took_s) < A_SECOND * ON_A_BUSY_MACHINE


def test_02_stop_with_a_deaf_client_takes_no_longer(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Nobody waits for it until the end of grace."""
    with narrow_proxy(tmp_path) as proxy:
        with DeafClients(port=proxy.port, size=1).around() as one:
            wait_until(one.are_here, "the client")
            for _ in range(LOOKS):  # by then its requests have been answered
                look_at_health(proxy.port)
            began = time.monotonic()
            proxy.process.terminate()
            code = proxy.process.wait(30)
        took_s = time.monotonic() - began

    record_property("measured", f"stop with a deaf client: {took_s:.2f} s")
    assert code == 0
    assert took_s < 3 * A_SECOND * ON_A_BUSY_MACHINE
