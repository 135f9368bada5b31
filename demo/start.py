"""Starts the simulated org and the container's programs, and stops every one of them."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from demo.follower import Follower
from demo.ports import choose_ports
from demo.projects import project_of
from demo.stack import Stack
from demo.waiting import LOOK_S, answers, wait_for_port
from localstack.keys import KeyPair, load_key_pair
from localstack.org_program import org_program
from localstack.ports import url_of
from localstack.programs import Program
from localstack.settings import org_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.console import Console

    from demo.choices import Choices
    from demo.interrupts import Interrupts
    from demo.projects import Preparable

_REAL: Final = (
    *("DYNO", "SF_AUDIENCE", "PRIVATE_KEY_FILEPATH", "RUN_DIR", "FUNCTION_PACKAGES"),
    *("DATABASE_URL", "DATABASE_CONNECTION_POOL_URL", "ASYNC_DB_PATH"),
)
"""Variables that name a real org or store: a trial must not reach them."""


@contextmanager
def running_stack(
    root: Path, choices: Choices, interrupts: Interrupts, console: Console
) -> Iterator[Stack]:
    """Start the org, then supervisord with proxy and function; stop both at the end.

    Args:
        root: our folder.
        choices: what was asked for.
        interrupts: end it at any moment, except between a start and the note of it.
        console: where it is said what happens.

    Raises:
        NotReadyError: one of them did not come up in time.
        PortTakenError: somebody else has one of the ports.
        NotServableError: the function can't be built or loaded.
    """
    ports = choose_ports(choices.ports, functools.partial(_say, console))
    with _cleaned_up(interrupts) as cleanup:
        run_dir = Path(tempfile.mkdtemp(prefix="functions-"))
        cleanup.callback(shutil.rmtree, run_dir, ignore_errors=True)
        start = _Start(root, run_dir, choices, ports, interrupts, console, cleanup)
        project = start.prepare()
        keys = load_key_pair(root / ".local")
        start.org(keys)
        yield start.container(keys, project)


@contextmanager
def _cleaned_up(interrupts: Interrupts) -> Iterator[ExitStack]:
    cleanup = ExitStack()
    try:
        yield cleanup
    finally:
        with interrupts.held():
            cleanup.close()


def _say(console: Console, text: str) -> None:
    with contextlib.suppress(OSError):  # a closed terminal
        console.print(text, markup=False)


@dataclass(frozen=True)
class _Start:
    root: Path
    run_dir: Path
    choices: Choices
    ports: Mapping[str, int]
    interrupts: Interrupts
    console: Console
    cleanup: ExitStack

    def prepare(self) -> Preparable:
        project = project_of(
            self.choices,
            root=self.root,
            run_dir=self.run_dir,
            env=self._env(),
            interrupts=self.interrupts,
        )
        with self.console.status("preparing the function"):
            project.prepare(functools.partial(_say, self.console))
        return project

    def org(self, keys: KeyPair) -> None:
        port, log = self.ports["ORG_PORT"], self._log("orgsim")
        org = org_program(self.run_dir, port, keys, env=self._env(), log_path=log)
        with self.console.status("starting the simulated org"):
            self._start(org)
            wait_for_port(org, "ORG_PORT", self.ports, lambda: None)

    def container(self, keys: KeyPair, project: Preparable) -> Stack:
        env = self._container_env(keys)
        log = self._log("container")
        with self.console.status(f"starting proxy, function and relay; {log} is their log"):
            command = [str(self.root / "bin" / "start")]
            follower = Follower(log)
            self.cleanup.callback(follower.end)
            container = Program(name="the container", command=command, env=env, log_path=log)
            self._start(container)
            stack = Stack(
                root=self.root,
                ports=self.ports,
                container=container,
                follower=follower,
                project=project,
                choices=self.choices,
                env=env,
            )
            for name in ("PORT", "FUNCTION_PORT"):
                wait_for_port(container, name, self.ports, stack.why_not_up)
            # Not before: somebody else could answer, and each refusal is a line in the log.
            readiness = f"{stack.proxy_url}/readyz"
            container.wait_until(
                lambda: answers(readiness), why_not=stack.why_not_up, look_s=LOOK_S
            )
        return stack

    def _start(self, program: Program) -> None:
        program.log_path.unlink(missing_ok=True)  # not emptied: another run may still write to it
        with self.interrupts.held():
            program.start()
            self.cleanup.callback(self._stop, program)

    def _stop(self, program: Program) -> None:
        before = self.interrupts.count
        for each in program.stop(hurry=lambda: self.interrupts.count > before):
            _say(self.console, f"did not end by itself, and was killed: {each} of {program.name}")

    def _env(self) -> dict[str, str]:
        env = {name: value for name, value in os.environ.items() if name not in _REAL}
        programs = str(Path(sys.executable).parent)
        env |= {"RUN_DIR": str(self.run_dir), "PATH": f"{programs}:{env.get('PATH', '')}"}
        command = self.choices.command
        return env | ({"FUNCTION_COMMAND": command} if command else {})

    def _container_env(self, keys: KeyPair) -> dict[str, str]:
        env = self._env() | {name: str(port) for name, port in self.ports.items()}
        env |= org_settings(url_of(self.ports["ORG_PORT"]), keys.private_pem)
        packages = self.run_dir / "packages"
        return (
            env
            | {"FUNCTION_DIR": str(self.choices.folder)}
            | ({"FUNCTION_PACKAGES": str(packages)} if packages.exists() else {})
        )

    def _log(self, name: str) -> Path:
        """Return where a log goes: of its own for a run beside another one."""
        folder = self.root / ".local" / "logs"
        folder.mkdir(parents=True, exist_ok=True)
        port = self.ports["PORT"]
        return folder / (f"{name}.log" if port == 3000 else f"{name}-{port}.log")
