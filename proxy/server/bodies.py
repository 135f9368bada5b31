"""Payloads that arrive, and the bytes that all of them may have together."""

from __future__ import annotations

import contextlib
from typing import Final

from waitress.buffers import OverflowableBuffer

IN_MEMORY: Final = 64 * 1024
"""Larger ones wait in a file: a thousand connections must not hold the memory."""


def large_share(budget: int) -> int:
    """Return how much of a budget large payloads may have; the rest is left for small ones."""
    return budget - budget // 4


class BodyBudget:
    """What payloads under way may have together, from their head to their answer; bytes.

    Bytes are taken by the one thread that reads, and given back by any. No lock: payloads may be
    given back by the garbage collector, in the middle of anything.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: dict[int, int] = {}

    def take(self, holder: int, size: int) -> bool:
        """Let ``holder`` have ``size`` bytes in all; tell whether there is room for them."""
        before = self._held.get(holder, 0)
        most = self._most if size <= IN_MEMORY else large_share(self._most)
        if sum(self._held.values()) - before + size > most:
            return False
        self._held[holder] = size
        return True

    def give_back(self, holder: int) -> None:
        """Take back all that ``holder`` has."""
        self._held.pop(holder, None)


class PayloadBuffer(OverflowableBuffer):  # type: ignore[misc]
    """Keeps a payload, a large one in a file; without room, takes the rest and drops it.

    The rest must be taken: closing a connection with unread bytes would lose the answer too.
    """

    lacks_room = False
    fault: OSError | None = None
    """Of a full disk."""

    def __init__(self, budget: BodyBudget, size: int | None) -> None:
        """Take ``size`` bytes of the budget; None: nobody knows yet, so take them as they come."""
        super().__init__(IN_MEMORY)
        self._budget = budget
        self._grows = size is None
        self._closed = False
        if size is not None and not budget.take(id(self), size):
            self.drop()

    def append(self, data: bytes) -> None:
        """Keep more of it, while there is room."""
        if self.lacks_room or self._closed:
            return
        if self._grows and not self._budget.take(id(self), len(self) + len(data)):
            self.drop()
            return
        try:
            super().append(data)
        except OSError as error:
            self.drop(error)

    def drop(self, fault: OSError | None = None) -> None:
        """Forget what has come: there is no room for all of it."""
        self.lacks_room, self.fault = True, fault
        self._forget()

    def close(self) -> None:
        """Forget it: it has been answered, or its client has gone."""
        self._closed = True
        self._forget()

    def _forget(self) -> None:
        with contextlib.suppress(OSError):  # on a full disk it tries to write the rest
            super().close()
        self._budget.give_back(id(self))

    def __del__(self) -> None:
        """Be closed: waitress drops requests that wait behind one whose client has gone."""
        self._forget()


class Dropped:
    """Takes a payload that nobody wants, and keeps nothing of it."""

    def __init__(self) -> None:
        self._size = 0

    def append(self, data: bytes) -> None:
        """Count it."""
        self._size += len(data)

    def __len__(self) -> int:
        return self._size
