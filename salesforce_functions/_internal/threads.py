"""Call a plain ``def function`` on a thread, where it may block."""

import asyncio
import contextvars
import inspect
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from salesforce_functions._internal.function_loader import Function
from salesforce_functions._internal.place import place_of_thread
from salesforce_functions.context import Context
from salesforce_functions.invocation_event import InvocationEvent

THREADS: Final = 32
"""How many calls of a plain function run at once in a process; more of them wait."""


class NotStopped(Exception):
    """A call on a thread cannot be cancelled; the text says where it is instead.

    Attributes:
        fate: what became of it, to follow "The function did not finish in time".
    """

    def __init__(self, fate: str, where: str) -> None:
        super().__init__(where)
        self.fate = fate


class ThreadedFunction:
    """A plain function that can be awaited."""

    def __init__(self, function: Function, project_path: Path) -> None:
        self._function = function
        self._project_path = project_path
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="function")
        self._left_behind: set[_Call] = set()

    async def __call__(self, event: InvocationEvent[Any], context: Context) -> object:
        """Call it on a thread.

        Raises:
            NotStopped: instead of `asyncio.CancelledError`, since nothing can stop a thread.
        """
        call = _Call(self._function, event, context)
        # The copy carries the id for log lines into the thread.
        future = self._pool.submit(contextvars.copy_context().run, call)
        try:
            await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            raise self._leave(call, future) from None
        if call.error is not None:
            raise call.error
        # A decorator that is not async itself hands out what the async function under it made.
        return await call.value if inspect.isawaitable(call.value) else call.value

    @property
    def left_behind(self) -> int:
        """How many calls still run although nobody waits for them."""
        self._left_behind = {call for call in self._left_behind if call.thread_id is not None}
        return len(self._left_behind)

    def _leave(self, call: "_Call", future: Future[None]) -> NotStopped:
        if future.cancel():
            fate = f"because it never began: earlier calls hold all {THREADS} threads"
            return NotStopped(fate, "it waited for a thread")
        self._left_behind.add(call)
        fate = "and goes on, as nothing can stop the thread of a plain def"
        place = call.thread_id and place_of_thread(call.thread_id, self._project_path)
        return NotStopped(fate, f"it is at {place or 'a place outside of the project'}")


class _Call:
    """One call, which is given to a thread and keeps what comes of it."""

    def __init__(self, function: Function, event: InvocationEvent[Any], context: Context) -> None:
        self._function = function
        self._arguments = event, context
        self.thread_id: int | None = None
        """The thread that it runs on, while it does."""
        self.value: Any = None
        self.error: BaseException | None = None

    def __call__(self) -> None:
        self.thread_id = threading.get_ident()
        try:
            self.value = self._function(*self._arguments)
        # Errors are kept: a future cannot hold StopIteration, the caller would wait forever.
        except BaseException as error:  # noqa: BLE001
            self.error = error
        finally:
            self.thread_id = None
