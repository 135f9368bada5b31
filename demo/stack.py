"""Starts the simulated org and the container's programs, and stops every one of them."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import requests

from demo.keys import load_key_pair
from demo.org import CONSUMER_KEY, ORG_ID, org_seed
from demo.ports import PortTakenError, choose_ports, is_held_by, is_held_by_others
from demo.program import Program
from demo.project import Project

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from rich.console import Console

    from demo.choices import Choices
    from demo.interrupts import Interrupts

START_LIMIT_S: Final = 120.0
ANSWER_LIMIT_S: Final = 5.0
"""For a question to supervisord."""
LOOK_S: Final = 2.0
"""Between two looks for a reason why it takes so long."""
RESTART_LIMIT_S: Final = 120.0
_REAL: Final = (
    *("DYNO", "SF_AUDIENCE", "PRIVATE_KEY_FILEPATH", "RUN_DIR", "FUNCTION_PACKAGES"),
    *("DATABASE_URL", "DATABASE_CONNECTION_POOL_URL", "ASYNC_DB_PATH"),
)
"""Variables that name a real org or store: a trial must not reach them."""


class NotReadyError(Exception):
    """A program did not come up; the text says which and shows the end of its log."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stack:
    """Everything that runs."""

    root: Path
    """Our own folder."""
    ports: Mapping[str, int]
    """By variable, see `demo.choices.PORTS`."""
    container: Program
    project: Project
    choices: Choices
    env: Mapping[str, str] = field(repr=False)
    """The container's."""

    @property
    def org_url(self) -> str:
        """Where the simulated org is."""
        return _url(self.ports["ORG_PORT"])

    @property
    def proxy_url(self) -> str:
        """Where the proxy is."""
        return _url(self.ports["PORT"])

    def restart_function(self) -> None:
        """Stop and start it, and wait until it answers; calls wait meanwhile.

        Raises:
            NotReadyError: it did not come up.
        """
        said = self.ask_supervisord("restart", "function", limit_s=RESTART_LIMIT_S)
        if "started" not in said:
            raise NotReadyError(f"the function did not come up ({said.strip()})")
        _wait_until(
            self.container,
            lambda: is_held_by(self.container.family(), self.ports["FUNCTION_PORT"]),
            self.why_function_ended,
        )

    def why_function_ended(self) -> str | None:
        """Return what supervisord says when the function ended right after its start."""
        state = self.ask_supervisord("status", "function", limit_s=ANSWER_LIMIT_S)
        has_ended = any(word in state.split() for word in ("BACKOFF", "FATAL"))
        return "the function ended right after its start" if has_ended else None

    def ask_supervisord(self, *question: str, limit_s: float) -> str:
        """Return what ``supervisorctl`` prints; nothing when there is no answer."""
        command = [sys.executable, "-m", "supervisor.supervisorctl"]
        with contextlib.suppress(subprocess.TimeoutExpired):
            return subprocess.run(
                [*command, "-c", str(self.root / "supervisord.conf"), *question],
                env=dict(self.env),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=limit_s,
                check=False,
            ).stdout
        return ""


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
        NotServableError: the function can't be loaded.
    """

    def say(text: str) -> None:
        with contextlib.suppress(OSError):  # a closed terminal
            console.print(text, markup=False)

    ports = choose_ports(choices.ports, say)
    with _cleaned_up(interrupts) as cleanup:
        run_dir = Path(tempfile.mkdtemp(prefix="functions-"))
        cleanup.callback(shutil.rmtree, run_dir, ignore_errors=True)
        env = _environment(run_dir, choices)
        project = Project(
            root=root,
            folder=choices.folder,
            is_python=not choices.command,
            env=env,
            packages=run_dir / "packages",
            interrupts=interrupts,
        )
        with console.status("checking the function"):
            project.prepare(say)
        keys = load_key_pair(root / ".local")
        seed = run_dir / "org.json"
        seed.write_text(json.dumps(org_seed(keys.public_pem.decode()), indent=2))
        env |= {name: str(port) for name, port in ports.items()} | {
            "ORG_ID_18": ORG_ID,
            "ORG_DOMAIN_URL": _url(ports["ORG_PORT"]),
            "CONSUMER_KEY": CONSUMER_KEY,
            "ENCODED_PRIVATE_KEY": base64.b64encode(keys.private_pem).decode(),
            "FUNCTION_DIR": str(choices.folder),
            "FUNCTION_PACKAGES": str(run_dir / "packages"),
        }

        def started(name: str, command: list[str], log: str, **more: str) -> Program:
            with interrupts.held():
                program = Program(name, command, env | more, _log(root, log, ports))
                cleanup.callback(_stop, program, interrupts, say)
            return program

        serve_org = [sys.executable, "-m", "orgsim", "--port", str(ports["ORG_PORT"])]
        serve_org += ["--seed", str(seed)]
        with console.status("starting the simulated org"):
            org = started("the simulated org", serve_org, "orgsim", PYTHONPATH=str(root))
            _wait_for_port(org, "ORG_PORT", ports, lambda: None)
        with console.status("starting supervisord: proxy, function and relay"):
            container = started("the container", [str(root / "bin" / "start")], "container")
            stack = Stack(
                root=root,
                ports=ports,
                container=container,
                project=project,
                choices=choices,
                env=env,
            )
            _wait_for_port(container, "PORT", ports, stack.why_function_ended)
            _wait_for_port(container, "FUNCTION_PORT", ports, stack.why_function_ended)
            # Not before: somebody else could answer, and each refusal is a line in the log.
            readiness = f"{stack.proxy_url}/readyz"
            _wait_until(container, lambda: _answers(readiness), stack.why_function_ended)
        yield stack


@contextmanager
def _cleaned_up(interrupts: Interrupts) -> Iterator[ExitStack]:
    cleanup = ExitStack()
    try:
        yield cleanup
    finally:
        with interrupts.held():
            cleanup.close()


def _url(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def _environment(run_dir: Path, choices: Choices) -> dict[str, str]:
    env = {
        name: value
        for name, value in os.environ.items()
        if name not in _REAL and not name.startswith("HEROKU_POSTGRESQL_")
    }
    programs = str(Path(sys.executable).parent)
    env |= {"RUN_DIR": str(run_dir), "PATH": f"{programs}{os.pathsep}{env.get('PATH', '')}"}
    return env | ({"FUNCTION_COMMAND": choices.command} if choices.command else {})


def _log(root: Path, name: str, ports: Mapping[str, int]) -> Path:
    """Return where a log goes: of its own for a run beside another one."""
    folder = root / ".local" / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / (f"{name}.log" if ports["PORT"] == 3000 else f"{name}-{ports['PORT']}.log")


def _stop(program: Program, interrupts: Interrupts, say: Callable[[str], None]) -> None:
    before = interrupts.count
    for each in program.stop(hurry=lambda: interrupts.count > before):
        say(f"did not end by itself, and was killed: {each} of {program.name}")


def _wait_for_port(
    program: Program, name: str, ports: Mapping[str, int], why_failed: Callable[[], str | None]
) -> None:
    port = ports[name]

    def is_taken() -> str | None:
        if is_held_by_others(program.family, port):
            raise PortTakenError(name, port)
        return why_failed()

    _wait_until(program, lambda: is_held_by(program.family(), port), is_taken)


def _wait_until(
    program: Program, condition: Callable[[], bool], why_failed: Callable[[], str | None]
) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    look_again = time.monotonic() + LOOK_S
    while not condition():
        reason = None
        if time.monotonic() > look_again or not program.runs():
            reason = why_failed()
            look_again = time.monotonic() + LOOK_S
        if not program.runs():
            reason = reason or f"{program.name} has ended"
        elif time.monotonic() > deadline:
            reason = f"{program.name} was not ready within {START_LIMIT_S:.0f} s"
        if reason:
            raise NotReadyError(f"{reason}; its log, {program.log}, ends:\n{program.tail()}")
        time.sleep(0.2)


def _answers(url: str) -> bool:
    with contextlib.suppress(requests.RequestException), requests.Session() as session:
        session.trust_env = False
        return session.get(url, timeout=ANSWER_LIMIT_S).ok
    return False
