"""supervisord, asked over its control socket. It alone starts and stops programs. I/O only.

Source: https://supervisord.org/api.html
"""

from __future__ import annotations

import base64
import http.client
import socket
import struct
import xmlrpc.client
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SOCKET: Final = "supervisor.sock"
USER: Final = "functions"
FUNCTION: Final = "function"
STOPPING: Final = 6
"""Its fault code ``SHUTDOWN_STATE``."""
_PEER: Final = struct.Struct("=iII")
"""Process, user and group: ``struct ucred`` of unix(7)."""
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
        password: of that socket, see `invocation.derived_keys`.
        pid: supervisord's process, if that is known: nobody else is told the password, since the
            function, which runs as the same user, could put a socket of its own there.
    """

    def __init__(self, run_dir: Path, password: str, *, pid: int | None = None) -> None:
        self._path = str(run_dir / SOCKET)
        self._password = password
        self._pid = pid

    def program(self, name: str = FUNCTION) -> Program:
        """Return what supervisord knows of a program.

        Raises:
            SupervisorUnavailable: nothing.
        """
        return _program(self._ask("getProcessInfo", name))

    def programs(self) -> dict[str, Program]:
        """Return what supervisord knows of each, by names such as ``proxy:proxy_01``.

        Raises:
            SupervisorUnavailable: nothing.
        """
        every = self._ask("getAllProcessInfo")
        return {_full_name(answer["group"], answer["name"]): _program(answer) for answer in every}

    def start(self, name: str = FUNCTION, *, wait: bool = False) -> None:
        """Start a program; ``wait`` until it has run for a second.

        Raises:
            SupervisorUnavailable: it does not, or the program runs already.
        """
        self._ask("startProcess", name, wait)

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
        transport = _Transport(self._path, self._password, self._pid)
        proxy = xmlrpc.client.ServerProxy("http://localhost", transport=transport)
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


def _full_name(group: str, name: str) -> str:
    return name if group == name else f"{group}:{name}"


def _program(answer: Mapping[str, Any]) -> Program:
    age_s = float(answer["now"] - answer["start"])  # both in whole seconds
    return Program(state=answer["statename"], age_s=age_s, pid=answer["pid"])


class _Connection(http.client.HTTPConnection):
    """supervisor's own has no timeout, and tells the password to whoever answers."""

    def __init__(self, path: str, pid: int | None) -> None:
        super().__init__("localhost", timeout=TIMEOUT_S)
        self._path = path
        self._pid = pid

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(TIMEOUT_S)
        self.sock.connect(self._path)
        if self._pid and _listener(self.sock) not in {None, self._pid}:
            raise ConnectionRefusedError("somebody else answers at supervisord's socket")


class _Transport(xmlrpc.client.Transport):
    def __init__(self, path: str, password: str, pid: int | None) -> None:
        credentials = base64.b64encode(f"{USER}:{password}".encode()).decode("ascii")
        super().__init__(headers=[("Authorization", f"Basic {credentials}")])
        self._path = path
        self._pid = pid

    def make_connection(self, host: Any) -> http.client.HTTPConnection:  # noqa: ANN401 - as it was
        connection = _Connection(self._path, self._pid)
        self._connection = host, connection  # which `close` closes
        return connection


def _listener(sock: socket.socket) -> int | None:
    """Return the process that opened the socket we are connected to; None: not told here."""
    if not hasattr(socket, "SO_PEERCRED"):
        return None
    peer = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size)
    return int(_PEER.unpack(peer)[0])
