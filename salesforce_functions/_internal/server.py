"""Serve a function over HTTP, in this process or in several workers."""

import asyncio
import os
import signal
import socket
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any, Final

import uvicorn

from salesforce_functions._internal.app import create_app
from salesforce_functions._internal.function_loader import LoadFunctionError, load_function
from salesforce_functions._internal.listener import listen
from salesforce_functions._internal.project import ProjectError, load_project
from salesforce_functions._internal.settings import SettingsError, load_settings
from salesforce_functions._internal.workers import run_workers

KEEP_ALIVE_S: Final = 65
"""How long an idle connection stays open, in seconds. A client that keeps connections must give
them up sooner than that, or it may send a request into one that is just being closed."""

LINGER_S: Final = 1.0
"""After SIGTERM: how long nobody must have called before the port is closed, in seconds."""

EXIT_PORT: Final = 1
"""Exit code when the port cannot be used."""

EXIT_SETTINGS: Final = 2
"""Exit code when an environment variable makes no sense."""

EXIT_FUNCTION: Final = 3
"""Exit code when the function cannot be loaded."""

_SETTINGS: Final[dict[str, Any]] = {
    "loop": "uvloop",
    "http": "httptools",
    "ws": "none",
    "lifespan": "on",
    "access_log": False,
    "proxy_headers": False,
    "server_header": False,
    "timeout_keep_alive": KEEP_ALIVE_S,
}


def serve(project_path: Path, *, host: str, port: int, workers: int) -> int:
    """Serve the function of a project until SIGTERM or SIGINT.

    Args:
        project_path: The directory with ``main.py`` and ``project.toml``.
        host: Name or address to listen on; ``localhost`` means IPv4 and IPv6.
        port: Port to listen on; 0 takes a free one. Which one it is is said on stderr.
        workers: How many processes serve it.

    Returns:
        The exit code; 0 after a signal.
    """
    try:
        settings = load_settings(os.environ)
    except SettingsError as error:
        return _fail(EXIT_SETTINGS, str(error))
    try:
        project = load_project(project_path)
        # Loaded here also when workers load it again: a function that cannot be loaded ends this
        # process, instead of workers that die one after the other.
        function = load_function(project_path)
    except (ProjectError, LoadFunctionError) as error:
        return _fail(EXIT_FUNCTION, f"RuntimeError: Unable to load function: {error}")
    try:
        sockets = listen(host, port)
    except OSError as error:
        return _fail(EXIT_PORT, f"Error: Unable to listen on {host} port {port}: {error}")
    print(f"Listening on {host} port {sockets[0].getsockname()[1]}", file=sys.stderr)  # noqa: T201
    if workers > 1:
        return run_workers(project_path, sockets, workers, _SETTINGS)
    app = create_app(
        function,
        api_version=project.salesforce_api_version,
        project_path=project_path.resolve(),
        settings=settings,
    )
    return _run(_Server(uvicorn.Config(app, **_SETTINGS)), sockets)


class _Server(uvicorn.Server):
    """Uvicorn's server, which after SIGTERM goes on until nobody calls any more.

    A dyno signals all of its processes at once, and the proxy in front still forwards the calls
    that it has taken in: a port that is closed at once would refuse them, or lose one.
    """

    lingers = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Note which signal it is: who presses Ctrl-C waits for nobody."""
        self.lingers = sig == signal.SIGTERM
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Wait for the last call, then stop as Uvicorn does."""
        seen, quiet_since = -1, time.monotonic()
        while self.lingers and time.monotonic() - quiet_since < LINGER_S:
            if self.server_state.tasks or seen != self.server_state.total_requests:
                seen, quiet_since = self.server_state.total_requests, time.monotonic()
            await asyncio.sleep(0.05)
        await super().shutdown(sockets)


def _run(server: uvicorn.Server, sockets: list[socket.socket]) -> int:
    # Uvicorn handles these only from its first moment to its last, and then raises them again
    # under the handlers it found. With its own in place before, a signal is never missed, and the
    # end of the process is an ordinary one: exit code 0, `atexit` of the function's libraries.
    signal.signal(signal.SIGTERM, server.handle_exit)
    before = signal.signal(signal.SIGINT, server.handle_exit)
    server.run(sockets)
    # Who keeps pressing Ctrl-C does not want to wait for the thread of a plain function either.
    signal.signal(signal.SIGINT, before)
    return 0


def _fail(exit_code: int, message: str) -> int:
    print(message, file=sys.stderr)  # noqa: T201  # the command's own output
    return exit_code
