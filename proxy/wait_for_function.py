"""Holds a synchronous call while the function restarts, instead of failing it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from tenacity import (
    Retrying,
    retry_if_exception_type,
    sleep_using_event,
    wait_random,
)

from invocation.errors import FunctionUnavailable
from invocation.logs import get_logger

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence

    from invocation.function.answer import FunctionAnswer
    from invocation.function.client import FunctionClient

log = get_logger("proxy")

FIRST_PAUSE_S: Final = 0.05
PAUSES_S: Final = (FIRST_PAUSE_S, 0.25)
"""Between two looks; asking a closed port costs next to nothing."""


class WaitForFunction:
    """Calls the function as soon as it takes connections.

    Args:
        function: who is called. It is called once: a refused connection started nothing.
        hold_s: how long a call waits; 0: not at all.
        draining: once set, nobody waits for a function that may never come back.
        why: says in one sentence why the function takes no connection.
        clock: monotonic seconds, the one of the deadlines.
    """

    def __init__(
        self,
        function: FunctionClient,
        *,
        hold_s: float,
        draining: threading.Event,
        why: Callable[[], str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._function = function
        self._hold_s = hold_s
        self._draining = draining
        self._why = why
        self._clock = clock
        self._is_away = False

    def invoke(
        self, headers: Sequence[tuple[str, str]], body: bytes, *, deadline: float
    ) -> FunctionAnswer:
        """Call the function once and return its answer, see `FunctionClient.invoke`.

        Raises:
            FunctionUnavailable: it took no connection for so long; it was not called.
        """
        try:
            answer = self._function.invoke(headers, body, deadline=deadline)
        except FunctionUnavailable:
            answer = self._wait(headers, body, deadline)
        if self._is_away:
            self._is_away = False
            log.info("the function takes calls again")
        return answer

    def _wait(
        self, headers: Sequence[tuple[str, str]], body: bytes, deadline: float
    ) -> FunctionAnswer:
        held_until = min(deadline, self._clock() + self._hold_s)

        def is_over(_: object = None) -> bool:
            return self._draining.is_set() or self._clock() >= held_until

        if is_over():
            raise FunctionUnavailable(self._why())
        if not self._is_away:  # one line for all who wait
            self._is_away = True
            log.info("calls wait for the function", up_to_s=self._hold_s)
        self._draining.wait(FIRST_PAUSE_S)
        waiting = Retrying(
            retry=retry_if_exception_type(FunctionUnavailable),
            stop=is_over,
            wait=wait_random(*PAUSES_S),
            sleep=sleep_using_event(self._draining),
            reraise=True,
        )
        try:
            return waiting(self._function.invoke, headers, body, deadline=deadline)
        except FunctionUnavailable as error:
            raise FunctionUnavailable(self._why()) from error
