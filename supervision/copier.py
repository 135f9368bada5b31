"""A pipe of our own in the place of stdout and stderr, whatever these are.

supervisord opens /dev/fd/1 again for each program. That fails when stdout is a socket, or a pipe or
terminal of another user's, as on some platforms; a pipe of our own always works.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import time
from typing import Final

IGNORED: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
"""What stops the others, such as a dyno's SIGTERM to every process: the copier ends after them."""
LAST_LINES_S: Final = 1.0
"""How long it may take to copy what is still in the pipe."""
PAUSE_S: Final = 0.01


class Copier:
    """A `cat` from the pipe to what stdout was; stdout and stderr of this process are the pipe.

    It is executed without environment: it holds no secret, and may be looked into.
    """

    def __init__(self) -> None:
        read_end, write_end = os.pipe()
        program = shutil.which("cat") or "/bin/cat"
        self._pid = os.fork()
        if not self._pid:
            _become(program, read_end)
        for each in (1, 2):
            os.dup2(write_end, each)
        os.close(read_end)
        os.close(write_end)

    def finish(self) -> None:
        """Let it write the last lines: when the first process ends, everybody does."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for each in (1, 2):
            os.dup2(nowhere, each)
        deadline = time.monotonic() + LAST_LINES_S
        with contextlib.suppress(ChildProcessError):  # supervisord has seen its end
            while not os.waitpid(self._pid, os.WNOHANG)[0] and time.monotonic() < deadline:
                time.sleep(PAUSE_S)


def _become(program: str, read_end: int) -> None:
    try:
        for each in IGNORED:
            signal.signal(each, signal.SIG_IGN)
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.dup2(read_end, 0)
        os.execve(program, ["cat"], {})  # noqa: S606 - no shell is wanted
    finally:
        os._exit(127)
