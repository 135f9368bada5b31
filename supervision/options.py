"""supervisord's options, with what a container needs besides them.

Its `ServerOptions` is also how it forks, takes signals and logs: those methods are replaced here.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
from typing import TYPE_CHECKING, Any, Final

from supervisor import events
from supervisor.datatypes import InetStreamSocketConfig
from supervisor.loggers import Logger
from supervisor.options import ServerOptions

from supervision.dual_stack import HeldSocket
from supervision.json_lines import JsonLines
from supervision.supervisor import USER
from supervision.wake_up import WakeUp

if TYPE_CHECKING:
    from supervision.dual_stack import HeldPort
    from supervision.programs import Programs

TAKEN: Final = (
    signal.SIGTERM,
    signal.SIGINT,
    signal.SIGQUIT,
    signal.SIGHUP,
    signal.SIGUSR2,
    signal.SIGCHLD,
)
"""Signals for which supervisord has handlers."""
PR_SET_PDEATHSIG: Final = 1
"""Of ``prctl``: which signal to get when the parent dies. Linux only."""
_libc: Final = ctypes.CDLL(None)


class ContainerOptions(ServerOptions):  # type: ignore[misc]
    """Options of a supervisord for one container.

    Args:
        held: the port that its proxies share.
        programs: start what it starts.
        password: of its control socket.
    """

    def __init__(self, held: HeldPort, *, programs: Programs, password: str) -> None:
        self._held = held
        self._programs = programs
        self._password = password
        self._wake_up = WakeUp()
        super().__init__()

    def fork(self) -> int:
        """Fork, so that no signal to the child is lost and it does not outlive supervisord.

        Until its ``exec``, a child would take a stop signal with supervisord's handler and do
        nothing; one to its process group would find none.
        """
        parent = os.getpid()
        signal.pthread_sigmask(signal.SIG_BLOCK, TAKEN)
        try:
            child: int = super().fork()
            if child:
                with contextlib.suppress(OSError):  # it has done so itself, or is gone
                    os.setpgid(child, child)
            else:
                os.setpgid(0, 0)
                _use_default_handlers()
                _end_with(parent)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, TAKEN)
        return child

    def execve(self, filename: str, argv: list[str], env: dict[str, str]) -> None:
        """Become a program, in the child."""
        self._programs.become(filename, argv, env)

    def setsignals(self) -> None:
        """Take signals, but not a SIGHUP that ``nohup`` has turned off."""
        hangup = signal.getsignal(signal.SIGHUP)
        super().setsignals()
        self._wake_up.at_signals(self.get_socket_map())
        if hangup is signal.SIG_IGN:
            signal.signal(signal.SIGHUP, hangup)

    def get_signal(self) -> int | None:
        """Return the next signal; a terminal that was closed means a stop, not a new start."""
        came: int | None = super().get_signal()
        if came is not None:
            self._wake_up.now()  # what follows from it is done in the next round
        return signal.SIGTERM if came == signal.SIGHUP else came

    def openhttpservers(self, supervisord: Any) -> None:  # noqa: ANN401 - its signature
        """Open the control socket, and let go of the port as soon as a stop begins."""
        for config in self.server_configs:
            config.update(username=USER, password=self._password)
        super().openhttpservers(supervisord)
        events.subscribe(events.SupervisorStoppingEvent, lambda _: self._held.release())

    def cleanup(self) -> None:
        """Leave nothing behind for a supervisord that starts anew."""
        self._wake_up.close()
        super().cleanup()

    def parse_fcgi_socket(self, sock: str, *arguments: Any) -> Any:  # noqa: ANN401 - its signature
        """Return what a ``socket=`` of the configuration means."""
        meant = super().parse_fcgi_socket(sock, *arguments)
        if isinstance(meant, InetStreamSocketConfig):
            return HeldSocket(self._held, meant)
        return meant

    def set_uid_or_exit(self) -> None:
        """Stay who we are: whoever starts the container chooses that."""

    def make_logger(self) -> None:
        """Log to stdout, in the form of everybody's lines."""
        self.logger = Logger(self.loglevel, [JsonLines()])
        for message in [*self.parse_criticals, *self.parse_warnings]:
            self.logger.warn(message)  # noqa: G010 - supervisord's own kind of logger


def _use_default_handlers() -> None:
    for each in TAKEN:
        if signal.getsignal(each) is not signal.SIG_IGN:
            signal.signal(each, signal.SIG_DFL)


def _end_with(parent: int) -> None:
    """Let the kernel tell this process to stop when supervisord is killed."""
    if not hasattr(_libc, "prctl"):
        return
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:  # it was killed just before
        os.kill(os.getpid(), signal.SIGTERM)
