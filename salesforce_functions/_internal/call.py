"""Call the user's function so that nothing it does can take the answer away."""

import asyncio
import contextvars
import inspect
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from salesforce_functions._internal.function_loader import Function
from salesforce_functions.context import Context
from salesforce_functions.invocation_event import InvocationEvent

THREADS: Final = 32
"""How many calls of a plain ``def function`` run at once in a worker; more of them wait."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """How a call ended: with a value or with an error."""

    value: Any = None
    """What the function returned."""

    error: BaseException | None = None
    """What the function raised."""

    elapsed_ms: int = 0
    """How long it ran, in milliseconds, rounded."""


def make_caller(function: Function) -> "Caller":
    """Choose how a function is called: on the event loop, or on threads when it is not async."""
    if inspect.iscoroutinefunction(function):
        return Caller(function)
    pool = ThreadPoolExecutor(THREADS, thread_name_prefix="function")
    return Caller(_on_threads(function, pool))


class Caller:
    """Calls one function and turns whatever happens into an `Outcome`."""

    def __init__(self, function: Function) -> None:
        self._function = function

    async def __call__(self, event: InvocationEvent[Any], context: Context) -> Outcome:
        """Call the function.

        It runs in a task of its own: one that cancels its task, on purpose or by accident, would
        otherwise cancel the sending of its answer.
        """
        started_ns = time.perf_counter_ns()
        task = asyncio.create_task(self._run(event, context))
        await asyncio.wait({task})
        # Cancelled only if it asked for that and then returned without another `await`.
        value, error = (None, asyncio.CancelledError()) if task.cancelled() else task.result()
        elapsed_ms = round((time.perf_counter_ns() - started_ns) / 1_000_000)
        return Outcome(value=value, error=error, elapsed_ms=elapsed_ms)

    async def _run(
        self, event: InvocationEvent[Any], context: Context
    ) -> tuple[Any, BaseException | None]:
        try:
            return await self._function(event, context), None
        # SystemExit and KeyboardInterrupt that leave a task end the event loop and with it
        # every other invocation, so they are errors of this function like all others.
        except BaseException as error:  # noqa: BLE001
            return None, error


def _on_threads(function: Function, pool: ThreadPoolExecutor) -> Function:
    async def call(event: InvocationEvent[Any], context: Context) -> object:
        # The copy carries the id for log lines into the thread.
        run = contextvars.copy_context().run
        loop = asyncio.get_running_loop()
        value, error = await loop.run_in_executor(pool, run, _catch, function, event, context)
        if error is not None:
            raise error
        # A decorator that is not async itself hands out what the async function under it made.
        return await value if inspect.isawaitable(value) else value

    return call


def _catch(
    function: Function, event: InvocationEvent[Any], context: Context
) -> tuple[Any, BaseException | None]:
    # Errors travel as values: a future cannot hold StopIteration, the caller would wait forever.
    try:
        return function(event, context), None
    except BaseException as error:  # noqa: BLE001
        return None, error
