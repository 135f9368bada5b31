"""What an invocation needs around it: an org, a function that costs nothing, proxy and relay."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from bench.programs import python, wait_until, wait_until_listening
from localstack.keys import KeyPair, load_key_pair
from localstack.org_control import OrgControl
from localstack.org_program import org_program
from localstack.ports import free_port, url_of
from localstack.programs import inherited
from localstack.seed import ADMIN
from localstack.settings import org_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from localstack.programs import Program

MIGRATION_LIMIT_S: Final = 60.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """An org and a function; the programs between them are started on it.

    Attributes:
        folder: for logs and files.
    """

    folder: Path
    org_url: str
    function_port: int
    keys: KeyPair

    @property
    def org(self) -> OrgControl:
        """The org, to be steered."""
        return OrgControl(self.org_url)

    def sign_in(self) -> str:
        """Return a session of the admin's, as Apex has one."""
        return self.org.sign_in(ADMIN[0])

    def patches_s(self, record_id: str) -> list[float]:
        """Return when a record was written to, in seconds since 1970, to the millisecond."""
        history = self.org.record(record_id)["history"]
        return [
            datetime.fromisoformat(change["at"]).timestamp()
            for change in history
            if change["kind"] == "update"
        ]

    @contextlib.contextmanager
    def proxy(self, **settings: str) -> Iterator[tuple[Program, int]]:
        """Run a proxy, and give it and its port."""
        port = free_port()
        env = self._env(PORT=str(port), **settings)
        program = python("proxy", "proxy", env=env, folder=self.folder)
        with program:
            wait_until_listening(program, port)
            yield program, port

    @contextlib.contextmanager
    def relay(self, **settings: str) -> Iterator[Program]:
        """Run a relay."""
        program = python("relay", "relay", env=self._env(**settings), folder=self.folder)
        with program:
            wait_until(lambda: program.says('"running jobs"'), program)
            yield program

    def make_tables(self, **settings: str) -> None:
        """Prepare a store, as a first relay would."""
        env = self._env(**settings)
        program = python("migration", "relay", "migrate", env=env, folder=self.folder)
        with program:
            program.wait(MIGRATION_LIMIT_S)

    def _env(self, **settings: str) -> dict[str, str]:
        return {
            "FUNCTION_PORT": str(self.function_port),
            **org_settings(self.org_url, self.keys.private_pem),
            # A cold call, which the org answers, must not fall into a round.
            "CALLER_CACHE_TTL_S": "600",
            **settings,
        }


@contextlib.contextmanager
def running_stage(folder: Path) -> Iterator[Stage]:
    """Run the simulated org and the cheap function for the length of a ``with`` block."""
    keys = load_key_pair(folder)
    port, function_port = free_port(), free_port()
    log_path = folder / "org.log"
    org = org_program(folder, port, keys, env=inherited(), log_path=log_path)
    function = responder(function_port, folder)
    with org, function:
        wait_until_listening(org, port)
        wait_until_listening(function, function_port)
        yield Stage(
            folder=folder,
            org_url=url_of(port),
            function_port=function_port,
            keys=keys,
        )


def responder(port: int, folder: Path) -> Program:
    """Start a function that costs next to nothing."""
    return python("function", "bench.peers.responder", str(port), env={}, folder=folder)
