"""Call the user's function so that nothing it does can take the answer away."""

import asyncio
import contextlib
import inspect
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from salesforce_functions._internal.function_loader import Function
from salesforce_functions._internal.threads import NotStopped, ThreadedFunction
from salesforce_functions._internal.time_limit import TimeLimit, TookTooLong
from salesforce_functions.context import Context
from salesforce_functions.invocation_event import InvocationEvent

GRACE_S: Final = 1.0
"""How long a function that was cancelled may clean up before its caller is answered anyhow."""

_Result = tuple[Any, BaseException | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """How a call ended: with a value or with an error."""

    value: Any = None
    """What the function returned."""

    error: BaseException | None = None
    """What the function raised, or `TookTooLong`."""

    elapsed_ms: int = 0
    """How long it ran, in milliseconds, rounded."""


class Caller:
    """Calls one function and turns whatever happens into an `Outcome`."""

    def __init__(self, function: Function, project_path: Path) -> None:
        """Choose how a function is called: on the event loop, or on threads when it is not async.

        Args:
            function: What is called.
            project_path: The directory of its project.
        """
        is_async = inspect.iscoroutinefunction(function)
        self._threaded = None if is_async else ThreadedFunction(function, project_path)
        self._function = self._threaded or function
        self._running: dict[asyncio.Task[_Result], str] = {}
        self._left_behind: set[asyncio.Task[_Result]] = set()

    async def __call__(
        self, event: InvocationEvent[Any], context: Context, limit: TimeLimit | None = None
    ) -> Outcome:
        """Call the function.

        It runs in a task of its own: one that cancels its task, on purpose or by accident, would
        otherwise cancel the sending of its answer.
        """
        started_ns = time.perf_counter_ns()
        task = asyncio.get_running_loop().create_task(self._run(event, context))
        self._running[task] = event.id
        try:
            value, error = await self._result(task, limit)
        finally:
            if task.done():
                del self._running[task]
            else:
                task.add_done_callback(self._running.pop)
        elapsed_ms = round((time.perf_counter_ns() - started_ns) / 1_000_000)
        return Outcome(value=value, error=error, elapsed_ms=elapsed_ms)

    def running_ids(self, loop: asyncio.AbstractEventLoop) -> list[str]:
        """Return the id of the invocation that holds a loop, or of all that may; on any thread."""
        task: Any = asyncio.current_task(loop)
        mine = self._running.get(task)
        return list(self._running.values()) if mine is None else [mine]

    @property
    def left_behind(self) -> int:
        """How many calls still run although their callers have been answered."""
        return len(self._left_behind) + (self._threaded.left_behind if self._threaded else 0)

    async def _run(self, event: InvocationEvent[Any], context: Context) -> _Result:
        try:
            return await self._function(event, context), None
        # SystemExit and KeyboardInterrupt that leave a task end the event loop and with it
        # every other invocation, so they are errors of this function like all others.
        except BaseException as error:  # noqa: BLE001
            return None, error

    async def _result(self, task: asyncio.Task[_Result], limit: TimeLimit | None) -> _Result:
        if limit is None:
            with contextlib.suppress(asyncio.CancelledError):
                return await task  # cheaper than `asyncio.wait`
            return _result_of(task)
        done, _ = await asyncio.wait({task}, timeout=limit.left_s)
        return _result_of(task) if done else (None, await self._stop(task, limit))

    async def _stop(self, task: asyncio.Task[_Result], limit: TimeLimit) -> TookTooLong:
        """Cancel a call and tell what became of it; what it returns from now on is not used."""
        task.cancel()
        await asyncio.wait({task}, timeout=GRACE_S)
        fate, cause = "and was cancelled", None
        if not task.done():
            self._left_behind.add(task)
            task.add_done_callback(self._left_behind.discard)
            fate = "and goes on although it was cancelled"
        else:
            _, cause = _result_of(task)  # its traceback shows where the function was
            fate = cause.fate if isinstance(cause, NotStopped) else fate
        error = TookTooLong(
            f"The function did not finish {limit.name} {fate}."
            f" Let it do less at a time, {limit.advice}."
        )
        error.__cause__ = cause
        return error


def _result_of(task: asyncio.Task[_Result]) -> _Result:
    # Cancelled only if it asked for that and then returned without another `await`.
    return (None, asyncio.CancelledError()) if task.cancelled() else task.result()
