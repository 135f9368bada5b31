"""How supervisord's children become the programs of the container.

A program that is executed can be looked into by whoever has its user, until it says no; so those
that get secrets are not executed: the child, which nobody can look into, goes on as the program.
The secrets are handed over in memory and stand in no environment.
"""

from __future__ import annotations

import ctypes
import gc
import logging
import os
import signal
import sys
import traceback
from typing import TYPE_CHECKING, Final, NoReturn, TextIO, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Main = Callable[[Mapping[str, str]], int]

PR_SET_NAME: Final = 15
_FAILED: Final = 1


def _proxy() -> Main:
    from proxy.__main__ import main  # noqa: PLC0415 - each program imports its own

    return main


def _relay() -> Main:
    from relay.__main__ import main  # noqa: PLC0415

    return main


def _watchdog() -> Main:
    from supervision.watchdog.__main__ import main  # noqa: PLC0415

    return main


OURS: Final[Mapping[str, Callable[[], Main]]] = {
    "bin/proxy": _proxy,
    "bin/relay": _relay,
    "bin/watchdog": _watchdog,
}
"""By their commands in supervisord.conf; these do the same where they are executed."""


class Programs:
    """Starts what a command names, in the child that supervisord has made for it.

    Args:
        secrets: settings that only ours get.
        hidden: whether nobody can look into this process, nor into a child of it. If not, as on
            macOS, ours are executed, too, with the secrets in their environment.
    """

    def __init__(self, secrets: Mapping[str, str], *, hidden: bool) -> None:
        self._secrets = dict(secrets)
        self._hidden = hidden

    def become(self, command: str, arguments: list[str], env: Mapping[str, str]) -> NoReturn:
        """Go on as a program; ``env`` is its environment."""
        if command not in OURS:
            os.execve(command, arguments, env)  # noqa: S606 - no shell is wanted
        if not self._hidden:
            os.execve(command, arguments, {**env, **self._secrets})  # noqa: S606 - no shell is wanted
        _become_ours(command, env, {**env, **self._secrets})


def _become_ours(command: str, env: Mapping[str, str], settings: Mapping[str, str]) -> NoReturn:
    code = _FAILED
    try:
        # supervisord's objects stay as they are: freed, they would close descriptors of others.
        gc.freeze()
        signal.set_wakeup_fd(-1)
        os.environ.clear()
        os.environ.update(env)
        name = command.rpartition("/")[2]
        sys.argv = [name]
        ctypes.CDLL(None).prctl(PR_SET_NAME, name.encode("ascii"), 0, 0, 0)
        _open_standard_streams()
        code = OURS[command]()(settings)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else _FAILED
    except BaseException:  # noqa: BLE001 - the end of a process
        traceback.print_exc()
    finally:
        logging.shutdown()
        os._exit(code)


def _open_standard_streams() -> None:
    """As each Python does at its start; supervisord has given the descriptors another meaning."""
    sys.stdin = _stream(0, "r")
    sys.stdout = _stream(1, "w")
    sys.stderr = _stream(2, "w")


def _stream(descriptor: int, mode: str) -> TextIO:
    """Open it by the line, and fail at no character: what is written is a log."""
    return cast(
        "TextIO",
        os.fdopen(descriptor, mode, 1, encoding="utf-8", errors="backslashreplace", closefd=False),
    )
