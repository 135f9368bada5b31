"""Which kind of project a function is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from demo.built_project import BuiltProject
from demo.languages import PYTHON
from demo.project import Project

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from demo.choices import Choices
    from demo.interrupts import Interrupts


class Preparable(Protocol):
    """A function that can be made ready to be started by ``bin/function``."""

    def prepare(self, say: Callable[[str], None]) -> None:
        """Do what has to be done for it, whenever its files have changed.

        Args:
            say: is told what takes a while.

        Raises:
            NotServableError: it can't be served as it is.
        """


def project_of(
    choices: Choices, *, root: Path, run_dir: Path, env: Mapping[str, str], interrupts: Interrupts
) -> Preparable:
    """Return the project that was chosen.

    Args:
        choices: what was asked for.
        root: our own folder.
        run_dir: gets a link to the packages of a function in Python.
        env: the environment in which it is prepared.
        interrupts: may end that, but leave nothing running.
    """
    language = choices.language
    if language and language is not PYTHON:
        return BuiltProject(
            root=root, folder=choices.folder, language=language, env=env, interrupts=interrupts
        )
    return Project(
        root=root,
        folder=choices.folder,
        is_python=language is PYTHON,
        env=env,
        packages=run_dir / "packages",
        interrupts=interrupts,
    )
