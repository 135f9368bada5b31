"""``python -m supervision.container``: becomes supervisord, and lets nobody look into it.

Everything in the container runs as one user, the function too. So nothing that holds a secret may
be read by that user, from the first program of the function's on. This comes before all else.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, Final

from supervision.undumpable import become_undumpable

if TYPE_CHECKING:
    from types import FrameType

STOPS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
TOLD_TO_STOP: Final = 128


def main() -> int:
    """Run everything until told to stop."""
    _end_at_a_signal()
    hidden = become_undumpable()
    # Late: until here it is a moment, even on a busy machine.
    from supervision.run_container import run  # noqa: PLC0415

    return run(sys.argv[1:], hidden=hidden)


def _end_at_a_signal() -> None:
    """End at once until supervisord takes signals; by default the first process ignores them.

    bin/start has blocked them for it: what came before comes now. What ``nohup`` has turned off
    stays off.
    """
    for each in STOPS:
        if signal.getsignal(each) is not signal.SIG_IGN:
            signal.signal(each, _end)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)


def _end(number: int, _: FrameType | None) -> None:
    os._exit(TOLD_TO_STOP + number)


if __name__ == "__main__":
    sys.exit(main())
