"""Stop signals: the first begins a drain; a second from the same sender ends the process at once.

A dyno signals all of its processes, and supervisord, which is one of them, signals each again: that
is one stop. A person who says it twice means it.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

HERALD: Final = signal.SIGUSR1
"""The watchdog's: told by a signal that others send too, a process would take it for the second."""
SIGNALS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, HERALD)
IMPATIENT: Final = 1


class StopSignals:
    """Takes `SIGNALS` for the whole process, in a thread of its own; ``nohup`` ignores one of them.

    A handler would interrupt some thread that may hold any lock, and would not know the sender.
    To be made before any other thread, which would get the signals otherwise.
    """

    def __init__(self) -> None:
        self._taken = [each for each in SIGNALS if signal.getsignal(each) is not signal.SIG_IGN]
        signal.pthread_sigmask(signal.SIG_BLOCK, self._taken)

    def listen(self, stop: Callable[[], None]) -> None:
        """Call ``stop`` at the first signal, and end the process when one comes again."""
        threading.Thread(target=self._take, args=(stop,), name="signals", daemon=True).start()

    def _take(self, stop: Callable[[], None]) -> None:
        count: Counter[tuple[int, bool]] = Counter()
        while True:
            came = signal.sigwaitinfo(self._taken)
            source = came.si_signo, came.si_pid == os.getppid()
            count[source] += 1
            if count[source] > 1:
                sys.stdout.flush()
                os._exit(IMPATIENT)
            if count.total() == 1:
                stop()
