"""Serves until it is told to stop; then takes nothing new and lets what runs come to its end.

waitress itself drops what is running when it is told to stop. This leans on parts of it that are
not documented (its map of connections, a channel's fields): it is pinned, and tests watch them.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

import waitress.channel
import waitress.server
from waitress import wasyncore

from invocation.logs import get_logger
from proxy.server.slow_clients import CROWDED, PATIENCE_S, is_idle, to_close

if TYPE_CHECKING:
    import threading

log = get_logger("proxy")

GRACE_S: Final = 22.0
"""How long running calls may take to end, see also `Draining`; supervisord kills two seconds later,
Heroku at 30."""
LINGER_S: Final = 1.0
"""How long a connection stays open that waits for its client: a request may be on its way."""
LOOP_S: Final = 0.5
LOOK_S: Final = 0.5
"""How often connections are looked through for those whose clients have had their time."""
CUT_OFF: Final = 1


class DrainingServer:
    """waitress's parts, run to a good end.

    Args:
        parts: waitress's map: listeners and connections by descriptor.
        draining: set as soon as nothing new is to be started.
        crowded: connections; beyond that, see `proxy.server.slow_clients`.
    """

    def __init__(
        self, parts: dict[int, Any], draining: threading.Event, *, crowded: int = CROWDED
    ) -> None:
        self._crowded = crowded
        self._parts = parts
        self._draining = draining
        self._told = False
        self._listeners = [
            part for part in parts.values() if isinstance(part, waitress.server.BaseWSGIServer)
        ]

    def run(self) -> int:
        """Serve until `stop` is called, then drain; return the exit code."""
        looked = time.monotonic()
        while not self._told:
            self._loop(LOOP_S)
            if time.monotonic() - looked >= LOOK_S:  # not at every event: it looks at everyone
                looked = time.monotonic()
                for channel in self._to_close():
                    channel.give_up()
        return self._drain()

    def stop(self) -> None:
        """Begin to drain; safe to call from any thread."""
        self._draining.set()
        self._told = True
        self._listeners[0].trigger.pull_trigger()  # wakes the loop

    def _drain(self) -> int:
        log.info("draining", connections=len(self._channels()))
        for listener in self._listeners:
            self._close(listener)
        began = time.monotonic()
        while (channels := self._channels()) and time.monotonic() - began < GRACE_S:
            over = self._to_close(patience_s=LINGER_S)
            if time.monotonic() - began > LINGER_S:
                for channel in {*over, *filter(is_idle, channels)}:
                    channel.give_up()
            self._loop(0.1)
        left = sum(not is_idle(channel) for channel in self._channels())
        log.info("drained", cut_off=left)
        return CUT_OFF if left else 0

    def _close(self, listener: Any) -> None:  # noqa: ANN401 - untyped library
        """Take who has connected already, and nobody else.

        supervisord and siblings keep their descriptors of a shared socket.
        """
        connections = -1
        while connections < len(self._parts) < listener.adj.connection_limit:
            connections = len(self._parts)
            listener.handle_accept()
        listener.del_channel()
        listener.socket.close()

    def _channels(self) -> list[Any]:
        parts = list(self._parts.values())
        return [part for part in parts if isinstance(part, waitress.channel.HTTPChannel)]

    def _to_close(self, *, patience_s: float = PATIENCE_S) -> list[Any]:
        return to_close(
            self._channels(), now_s=time.time(), crowded=self._crowded, patience_s=patience_s
        )

    def _loop(self, timeout_s: float) -> None:
        wasyncore.loop(timeout=timeout_s, use_poll=True, map=self._parts, count=1)
