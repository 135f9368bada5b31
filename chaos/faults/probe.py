"""Asks for health again and again, each time by a new connection, and notes how long it took."""

import contextlib
import http.client
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from chaos.faults.stage import METRICS_TOKEN

PATHS: Final = ("/livez", "/readyz", "/metrics")
LIMIT_S: Final = 20.0
PAUSE_S: Final = 0.05


@dataclass(kw_only=True)
class Probe:
    """One thread that looks at all of them in turn."""

    port: int
    took_s: dict[str, list[float]] = field(default_factory=lambda: {path: [] for path in PATHS})
    not_ok: Counter[str] = field(default_factory=Counter)
    """What was no 200: path and status, or how it failed."""
    _over: threading.Event = field(default_factory=threading.Event)

    @contextlib.contextmanager
    def running(self) -> Iterator["Probe"]:
        """Look for the length of a ``with`` block."""
        thread = threading.Thread(target=self._look, name="probe")
        thread.start()
        try:
            yield self
        finally:
            self._over.set()
            thread.join()

    def figures(self) -> dict[str, object]:
        """Return the longest time of each path, for a table."""
        return {f"{path}, longest, ms": round(1000 * max(s)) for path, s in self.took_s.items()}

    def longest_s(self) -> float:
        """Return the longest time of all."""
        return max(seconds for took_s in self.took_s.values() for seconds in took_s)

    def looks(self) -> int:
        """Return how often all were looked at."""
        return len(self.took_s[PATHS[-1]])

    def _look(self) -> None:
        while not self._over.wait(PAUSE_S):
            for path in PATHS:
                began = time.monotonic()
                status = self._status(path)
                self.took_s[path].append(time.monotonic() - began)
                if status != "200":
                    self.not_ok[f"{path} {status}"] += 1

    def _status(self, path: str) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT_S)
        headers = {"Authorization": f"Bearer {METRICS_TOKEN}", "Connection": "close"}
        with contextlib.closing(connection):
            try:
                connection.request("GET", path, headers=headers)
                return str(connection.getresponse().status)
            except (OSError, http.client.HTTPException) as error:
                return type(error).__name__
