"""Serve with several processes: start them, replace the dead, give up when they keep dying."""

import functools
import os
import signal
import socket
import sys
import threading
import time
from collections import deque
from multiprocessing import parent_process
from pathlib import Path
from typing import Any, Final

import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from salesforce_functions._internal.app import App, create_app
from salesforce_functions._internal.function_loader import LoadFunctionError, load_function
from salesforce_functions._internal.log import prepare_stdout
from salesforce_functions._internal.project import ProjectError, load_project
from salesforce_functions._internal.settings import load_settings

MAX_DEATHS: Final = 5
"""So many deaths of workers within `DEATHS_WITHIN_S` seconds end the server: whoever started it
can then see and report that it does not work, which a port that stays open would hide."""

DEATHS_WITHIN_S: Final = 30

EXIT_WORKERS: Final = 3
"""Exit code when workers kept dying."""


def run_workers(
    project_path: Path, sockets: list[socket.socket], count: int, settings: dict[str, Any]
) -> int:
    """Serve with several workers until SIGTERM or SIGINT.

    Args:
        project_path: The project whose function each worker loads.
        sockets: The listening sockets that the workers share.
        count: How many workers.
        settings: More settings for uvicorn.

    Returns:
        The exit code: 0 after a signal.
    """
    app = functools.partial(create_worker_app, project_path)
    supervisor = _Workers(uvicorn.Config(app, factory=True, workers=count, **settings), sockets)
    supervisor.run()
    return EXIT_WORKERS if supervisor.gave_up else 0


def create_worker_app(project_path: Path) -> App:
    """Make the application in a new worker process."""
    threading.Thread(target=_follow_parent, daemon=True).start()
    prepare_stdout()
    try:
        version = load_project(project_path).salesforce_api_version
        function = load_function(project_path)
    except (ProjectError, LoadFunctionError) as error:
        # It could be loaded a moment ago, in the parent.
        print(f"RuntimeError: Unable to load function: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(STARTUP_FAILURE)
    return create_app(
        function,
        api_version=version,
        project_path=project_path.resolve(),
        settings=load_settings(os.environ),
    )


def _follow_parent() -> None:
    """End this worker when its parent is gone: an orphan would keep the port."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


class _Workers(Multiprocess):
    """Uvicorn's supervisor, with an end to restarting."""

    def __init__(self, config: uvicorn.Config, sockets: list[socket.socket]) -> None:
        super().__init__(config, sockets)
        self.gave_up = False
        self._deaths: deque[float] = deque(maxlen=MAX_DEATHS)

    def keep_subprocess_alive(self) -> None:
        """Replace workers that died, unless that has happened too often."""
        before = list(self.processes)
        super().keep_subprocess_alive()
        dead = [process for process in before if process not in self.processes]
        self._deaths.extend(time.monotonic() for _ in dead)
        failed_to_start = any(process.exitcode == STARTUP_FAILURE for process in before)
        if failed_to_start or self._keep_dying():
            self.gave_up = True
            self.should_exit.set()

    def _keep_dying(self) -> bool:
        if len(self._deaths) < MAX_DEATHS:
            return False
        return self._deaths[-1] - self._deaths[0] < DEATHS_WITHIN_S
