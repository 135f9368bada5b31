"""The programs that run, and what can be asked of them."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from demo.waiting import LOOK_S, listens
from localstack.ports import url_of
from localstack.waiting import NotReadyError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from demo.choices import Choices
    from demo.follower import Follower
    from demo.projects import Preparable
    from localstack.programs import Program

ANSWER_LIMIT_S: Final = 5.0
"""For a question to supervisord."""
RESTART_LIMIT_S: Final = 60.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Stack:
    """Everything that runs."""

    root: Path
    """Our own folder."""
    ports: Mapping[str, int]
    """By variable, see `demo.choices.PORTS`."""
    container: Program
    follower: Follower
    """Of the container's log."""
    project: Preparable
    choices: Choices
    env: Mapping[str, str] = field(repr=False)
    """The container's."""

    @property
    def org_url(self) -> str:
        """Where the simulated org is."""
        return url_of(self.ports["ORG_PORT"])

    @property
    def proxy_url(self) -> str:
        """Where the proxy is."""
        return url_of(self.ports["PORT"])

    def restart_function(self) -> None:
        """Stop and start it, and wait until it answers; calls wait meanwhile.

        Raises:
            NotReadyError: it did not come up.
        """
        said = self.ask_supervisord("restart-function", limit_s=RESTART_LIMIT_S)
        if "started" not in said:
            raise NotReadyError(f"the function did not come up ({said.strip()})")
        self.container.wait_until(
            lambda: listens(self.container, self.ports["FUNCTION_PORT"]),
            why_not=self.why_not_up,
            look_s=LOOK_S,
        )

    def why_not_up(self) -> str | None:
        """Say which program ended right after its start, if one did."""
        for line in self.ask_supervisord("status", limit_s=ANSWER_LIMIT_S).splitlines():
            name, state = [*line.split(), "", ""][:2]
            if state in {"BACKOFF", "FATAL"}:
                return f"the {name.partition(':')[0]} ended right after its start"
        return None

    def ask_supervisord(self, *question: str, limit_s: float) -> str:
        """Return what ``supervision.control`` prints; nothing when there is no answer."""
        command = [sys.executable, "-m", "supervision.control"]
        with contextlib.suppress(subprocess.TimeoutExpired):
            return subprocess.run(
                [*command, *question],
                cwd=self.root,
                env=dict(self.env),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=limit_s,
                check=False,
            ).stdout
        return ""
