"""An invocation that arrives again: Apex repeats 502, 503 and 504 once, by itself."""

from __future__ import annotations

import hashlib
import json
import threading
from typing import TYPE_CHECKING, Final

from cachetools import TTLCache

from invocation.errors import FunctionBroke, FunctionTimedOut
from invocation.single_flight import SingleFlight

if TYPE_CHECKING:
    from collections.abc import Callable

    from invocation.function.answer import FunctionAnswer
    from invocation.org.caller import Caller
    from invocation.request import Invocation

REMEMBERED_S: Final = 120.0
MOST_REMEMBERED: Final = 10_000
"""Broken calls that are remembered, some hundred bytes each."""


class Repeats:
    """Sees to it that the function runs once for an invocation and its repeat.

    One that runs is joined; one whose connection broke, so that it may have run, keeps that end for
    two minutes. An answer that was delivered is not remembered: sent again later, it is a new call.

    Args:
        clock: monotonic seconds, the one of the deadlines.
    """

    def __init__(self, *, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._running: SingleFlight[bytes, FunctionAnswer] = SingleFlight()
        self._lock = threading.Lock()
        self._broken: TTLCache[bytes, str] = TTLCache(MOST_REMEMBERED, REMEMBERED_S, timer=clock)

    def run_once(
        self, key: bytes, call: Callable[[], FunctionAnswer], *, deadline: float
    ) -> FunctionAnswer:
        """Return the answer to the invocation of ``key``, calling the function at most once.

        Raises:
            FunctionBroke: this call's connection broke, or that of the one it repeats.
            FunctionTimedOut: the one it repeats did not end by ``deadline``.
            ProxyError: what ``call`` raised, here or there.
        """
        timeout_s = deadline - self._clock()
        try:
            return self._running.join(key, lambda: self._call(key, call), timeout_s=timeout_s)
        except TimeoutError as error:
            raise FunctionTimedOut(
                "The same invocation is still running: invoke it asynchronously, or make it faster"
            ) from error

    def _call(self, key: bytes, call: Callable[[], FunctionAnswer]) -> FunctionAnswer:
        with self._lock:
            if reason := self._broken.get(key):
                raise FunctionBroke(reason)
        try:
            return call()
        except FunctionBroke as error:
            with self._lock:
                self._broken[key] = str(error)
            raise


def repeat_key(invocation: Invocation, caller: Caller, body: bytes) -> bytes:
    """Return what an invocation shares with its repeat: all that its answer may depend on."""
    shared = (
        invocation.id,
        invocation.function_name,
        dict(invocation.passed_on).get("content-type"),
        sorted({wanted.api_name.lower() for wanted in invocation.permission_sets}),
        (caller.org_id, caller.user_id),
    )
    key = hashlib.sha256(json.dumps(shared).encode())
    key.update(body)
    return key.digest()
