"""Is the function well? Asked by anyone, hence by one thread at a time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from proxy.function_client import FunctionClient

TIMEOUT_S: Final = 2.0
"""A function that takes longer is not well."""
PATIENCE_S: Final = 0.1
"""How long others wait for the answer that one of them is asking for."""


class FunctionHealth:
    """Shared by the health routes, so that a crowd at them and a hung function cost one thread.

    Args:
        function: who is asked.
    """

    def __init__(self, function: FunctionClient) -> None:
        self._function = function
        self._probing = threading.Lock()
        self._healthy = False
        self._probes = 0

    def is_healthy(self) -> bool:
        """Tell whether the function is well; while another thread asks, what it last said."""
        before = self._probes
        if not self._probing.acquire(timeout=PATIENCE_S):
            return self._healthy
        try:
            if self._probes == before:  # nobody else has asked meanwhile
                self._healthy = self._function.is_healthy(timeout_s=TIMEOUT_S)
                self._probes += 1
            return self._healthy
        finally:
            self._probing.release()
