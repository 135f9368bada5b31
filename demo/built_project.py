"""A project in a language that is built: its steps are run when what they depend on has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from demo.build_notes import BuildNotes
from demo.build_steps import missing_after, steps_of
from demo.not_servable import NotServableError
from demo.run_to_end import run_to_end
from demo.tools import require

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from demo.build_steps import Step
    from demo.interrupts import Interrupts
    from demo.languages import Language

BUILD_LIMIT_S: Final = 1800
"""For a first build, which may fetch a lot."""


class BuiltProject:
    """A function in another language than Python, ready to be started by ``bin/function``.

    Args:
        root: our own folder.
        folder: the function's.
        language: which one.
        env: the environment in which it is built.
        interrupts: may end it, but leave nothing running.
    """

    def __init__(
        self,
        *,
        root: Path,
        folder: Path,
        language: Language,
        env: Mapping[str, str],
        interrupts: Interrupts,
    ) -> None:
        self._notes = BuildNotes(root / ".local" / "builds", folder)
        self._folder = folder
        self._language = language
        self._env = dict(env)
        self._interrupts = interrupts

    def prepare(self, say: Callable[[str], None]) -> None:
        """Run the steps of its build that have to be run.

        Args:
            say: is told what takes a while.

        Raises:
            MissingError: a tool is missing, or what makes a build.
            NotServableError: a step fails.
        """
        require(self._language.tools, self._env)
        steps = steps_of(self._language, self._folder)
        with self._notes.locked():
            for step in steps:
                self._run_if_needed(step, say)
        if problem := missing_after(self._language, self._folder, self._env):
            raise NotServableError(problem)

    def _run_if_needed(self, step: Step, say: Callable[[str], None]) -> None:
        digest = self._notes.begin(step)
        if digest is None:
            return
        say(f"building the function: {step.command}")
        code, said = run_to_end(
            ["bash", "-c", step.command],
            self._env,
            limit_s=BUILD_LIMIT_S,
            interrupts=self._interrupts,
            cwd=self._folder,
        )
        if code != 0:
            why = f"did not end within {BUILD_LIMIT_S} s" if code is None else "failed"
            raise NotServableError(f"`{step.command}` {why} in {self._folder}:\n\n{said.strip()}")
        self._notes.done(step, digest)
