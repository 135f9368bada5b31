"""supervisord, asked over its control socket. It alone starts and stops programs. I/O only.

Source: https://supervisord.org/api.html
"""

from __future__ import annotations

import http.client
import socket
import xmlrpc.client
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pathlib import Path

SOCKET: Final = "supervisor.sock"
FUNCTION: Final = "function"
STOPPING: Final = 6
"""Its fault code ``SHUTDOWN_STATE``."""
TIMEOUT_S: Final = 15.0
"""Longest wait for an answer: a stop is answered when the program has ended."""


class SupervisorUnavailable(Exception):
    """supervisord does not answer, or does not do what it was asked for."""


class SupervisorStopping(SupervisorUnavailable):
    """It is stopping everything, and does nothing else any more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Program:
    """A program, as supervisord sees it."""

    state: str
    """STOPPED, STARTING, RUNNING, BACKOFF, STOPPING, EXITED, FATAL or UNKNOWN."""
    age_s: float
    """Seconds since its process, or the last one, was started."""
    pid: int
    """0 when there is no process."""

    def why_unavailable(self) -> str:
        """Return in one sentence why it takes no connection."""
        if self.state in {"STARTING", "RUNNING"}:
            return "The function is starting"
        if self.state == "STOPPING":
            return "The function is being restarted"
        return f"The function does not run ({self.state}): its log says why"


class Supervisor:
    """Safe to share between threads: each question has its own connection.

    Args:
        run_dir: where supervisord's control socket is.
    """

    def __init__(self, run_dir: Path) -> None:
        self._path = str(run_dir / SOCKET)

    def program(self, name: str = FUNCTION) -> Program:
        """Return what supervisord knows of a program.

        Raises:
            SupervisorUnavailable: nothing.
        """
        told = self._ask("getProcessInfo", name)
        return Program(
            state=told["statename"],
            age_s=float(told["now"] - told["start"]),  # both in whole seconds
            pid=told["pid"],
        )

    def start(self, name: str = FUNCTION) -> None:
        """Start a program, without waiting for it.

        Raises:
            SupervisorUnavailable: it does not, or the program runs already.
        """
        self._ask("startProcess", name, False)  # False: do not wait

    def stop(self, name: str = FUNCTION) -> None:
        """Stop a program and wait until it has ended.

        Raises:
            SupervisorUnavailable: it does not, or the program does not run.
        """
        self._ask("stopProcess", name)

    def shut_down(self) -> None:
        """Stop everything, supervisord itself at last.

        Raises:
            SupervisorUnavailable: it does not.
        """
        self._ask("shutdown")

    def _ask(self, method: str, *arguments: object) -> Any:  # noqa: ANN401 - its word
        proxy = xmlrpc.client.ServerProxy("http://localhost", transport=_Transport(self._path))
        try:
            return getattr(proxy.supervisor, method)(*arguments)
        except xmlrpc.client.Fault as error:
            if error.faultCode == STOPPING:
                raise SupervisorStopping(f"{method}: it is stopping") from error
            raise SupervisorUnavailable(f"{method}: {error.faultString}") from error
        except (OSError, http.client.HTTPException, xmlrpc.client.Error) as error:
            raise SupervisorUnavailable(f"{method}: {type(error).__name__}") from error
        finally:
            proxy("close")()


class _Connection(http.client.HTTPConnection):
    """supervisor's own has no timeout."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=TIMEOUT_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(TIMEOUT_S)
        self.sock.connect(self._path)


class _Transport(xmlrpc.client.Transport):
    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: object) -> http.client.HTTPConnection:  # noqa: ARG002
        return _Connection(self._path)
