"""What goes wrong during a soak, and which answers that explains."""

import contextlib
import os
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from chaos.faults import function_kill, proxy_kill
from chaos.faults.calls import Call
from chaos.faults.crowd import Crowd
from chaos.faults.load import Load
from localstack.stack import Stage
from localstack.waiting import NotReadyError, wait_until
from orgsim import Fault

BURST: Final = 400
BURST_S: Final = 1.0
DRIPPING: Final = 300
HANG_UPS: Final = 50
FROZEN_S: Final = 1.5
ORG_DOWN_S: Final = 1.5


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """One thing that went wrong. Times are monotonic seconds."""

    kind: str
    from_s: float
    to_s: float
    function: function_kill.Kill | None = None
    proxy: proxy_kill.Kill | None = None

    def explains(self, call: Call) -> bool:
        """Tell whether this is why a call did not end well."""
        if self.function:
            return function_kill.is_with(call, self.function)
        if self.proxy:
            return proxy_kill.is_with(call, self.proxy)
        if not call.was_under_way(self.from_s, self.to_s):
            return False
        if self.kind == "burst":
            return call.is_turned_away
        if self.kind == "org down":
            return call.outcome == "503" and call.retry_after and not call.is_turned_away
        return False


@dataclass(kw_only=True)
class Troublemaker:
    """Makes trouble, one kind at a time, and waits until it is over."""

    stage: Stage
    load: Load

    def make(self, kind: str) -> Trouble:
        """Make one of `KINDS`."""
        from_s = time.monotonic()
        if kind == "function killed":
            killed = function_kill.kill(self.stage.pid())
            return Trouble(kind=kind, from_s=from_s, to_s=killed.gone_s, function=killed)
        if kind == "proxy killed":  # the other one lives for as long as the soak
            broken = proxy_kill.kill(self.stage, "proxy_01")
            return Trouble(kind=kind, from_s=from_s, to_s=time.monotonic(), proxy=broken)
        KINDS[kind](self)
        return Trouble(kind=kind, from_s=from_s, to_s=time.monotonic())

    def burst(self) -> None:
        """Send more than there is room for."""
        calls = [Call(seconds=BURST_S) for _ in range(BURST)]
        self.load.send_at_once(calls)
        wait_until(lambda: all(call.outcome for call in calls), "the end of the burst", limit_s=60)

    def freeze(self) -> None:
        """Let the function hang, and go on before it is taken for one that hangs."""
        pid = self.stage.pid()
        os.kill(pid, signal.SIGSTOP)
        try:
            _let_pass(FROZEN_S)
        finally:
            os.kill(pid, signal.SIGCONT)

    def org_down(self) -> None:
        """Let the org fail while a caller comes who is not known yet."""
        self.stage.org.faults.add(Fault(endpoint="*", kind="status", status=503, times=None))
        self.load.identity = self.stage.identity()
        try:
            _let_pass(ORG_DOWN_S)
        finally:
            self.stage.org.faults.clear()

    def drip(self) -> None:
        """Have a crowd that never gets to the point."""
        crowd = Crowd(port=self.stage.container.port, size=DRIPPING, drips=True)
        with crowd.around():
            self.load.wait_for(round(self.load.per_second))

    def hang_up(self) -> None:
        """Call, and do not wait for the answer."""
        for _ in range(HANG_UPS):
            request = Call(seconds=BURST_S).request(self.load.identity, keep=True)
            with socket.create_connection(("127.0.0.1", self.stage.container.port)) as sock:
                sock.sendall(request)


KILLS: Final = ("function killed", "proxy killed")
KINDS: Final[dict[str, Callable[[Troublemaker], None]]] = {
    "burst": Troublemaker.burst,
    "function frozen": Troublemaker.freeze,
    "org down": Troublemaker.org_down,
    "dripping crowd": Troublemaker.drip,
    "callers hang up": Troublemaker.hang_up,
}


def _let_pass(seconds: float) -> None:
    until_s = time.monotonic() + seconds
    with contextlib.suppress(NotReadyError):
        wait_until(lambda: time.monotonic() >= until_s, "a moment")
