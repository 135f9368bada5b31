"""How a project is built with its own tools, into its own folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from demo.languages import JAVA, NODE
from demo.not_servable import MissingError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from demo.languages import Language

BUILD: Final = "build"
"""A file that builds a project."""
_PACKAGES: Final = ("package.json", "package-lock.json", ".npmrc")
# Scripts of packages would run with the rights of whoever tries a function.
_NPM_OPTIONS: Final = "--ignore-scripts --no-audit --no-fund"
_NODE_RUNTIME: Final = "node_modules/@heroku/sf-fx-runtime-nodejs/bin/cli.js"


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One command of a build."""

    command: str
    """A line of bash, for the project's folder."""
    inputs: tuple[str, ...] = ()
    """The files that it depends on; empty: all sources."""


def steps_of(language: Language, folder: Path) -> tuple[Step, ...]:
    """Return what builds the project in a folder.

    Raises:
        MissingError: it can't be built.
    """
    has_build = (folder / BUILD).is_file()
    if language is NODE:
        return _node_steps(folder)
    if language is JAVA and has_build:
        return (Step(command=f"./{BUILD} -DskipTests"),)
    if language is JAVA and not (folder / "target" / "bundle").is_dir():
        raise MissingError(
            f"there is no {folder / BUILD} to make target/bundle and target/runtime.jar: copy it"
            " from examples/javafunction, with the plugins in pom.xml that docs/functions/java.md"
            " names"
        )
    return (Step(command=f"./{BUILD}"),) if has_build else ()


def missing_after(language: Language, folder: Path, env: Mapping[str, str]) -> str:
    """Say what a project lacks although it was built; empty: nothing."""
    if language is not NODE or env.get("RUNTIME_CLI_FILEPATH"):
        return ""
    if (folder / _NODE_RUNTIME).is_file():
        return ""
    return (
        f"{folder / 'package.json'} does not name the runtime: run `npm install --save-exact"
        " @heroku/sf-fx-runtime-nodejs@0.14.4` in its folder"
    )


def _node_steps(folder: Path) -> tuple[Step, ...]:
    is_locked = (folder / "package-lock.json").is_file()
    # No lock is written for who has none: it would count as a change.
    install = f"ci {_NPM_OPTIONS}" if is_locked else f"install {_NPM_OPTIONS} --no-package-lock"
    return (
        Step(command=f"npm {install}", inputs=_PACKAGES),
        Step(command="npm run build --if-present"),
    )
