"""What was built from which sources: noted beside us, so that a project has no file of ours."""

from __future__ import annotations

import fcntl
import hashlib
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

from demo.watch import MADE_BY_BUILDS, source_paths

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from demo.build_steps import Step


class BuildNotes:
    """The notes of one project's builds.

    Args:
        notes: a folder of ours for those of all projects.
        folder: the project's.
    """

    def __init__(self, notes: Path, folder: Path) -> None:
        self._folder = folder
        notes.mkdir(parents=True, exist_ok=True)
        self._path = notes / f"{hashlib.sha256(str(folder).encode()).hexdigest()[:20]}.json"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let nobody else of ours build the project meanwhile."""
        with self._path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def begin(self, step: Step) -> str | None:
        """Return what `done` needs to know when a step has to be run; None: it has not.

        It has when what it depends on is other than at its last success, when it was begun since
        then, or when something is gone from the folder.
        """
        notes, digest = self._read(), self._digest(step)
        note = notes.pop(step.command, None)
        if note and note[0] == digest and set(note[1:]) <= self._names():
            return None
        self._write(notes)
        return digest

    def done(self, step: Step, digest: str) -> None:
        """Note that a step has succeeded."""
        self._write(self._read() | {step.command: [digest, *sorted(self._names())]})

    def _digest(self, step: Step) -> str:
        digest = hashlib.sha256()
        for path in self._inputs(step):
            if path.is_file():
                content = path.read_bytes()
                digest.update(f"{path.relative_to(self._folder)} {len(content)}\n".encode())
                digest.update(content)
        return digest.hexdigest()

    def _inputs(self, step: Step) -> Iterable[Path]:
        if step.inputs:
            return [self._folder / name for name in step.inputs]
        return sorted(source_paths(self._folder, MADE_BY_BUILDS))

    def _names(self) -> set[str]:
        return {path.name for path in self._folder.iterdir()}

    def _read(self) -> dict[str, list[str]]:
        try:
            notes: dict[str, list[str]] = json.loads(self._path.read_text())
        except (OSError, ValueError):  # none yet, or half of it
            return {}
        return notes

    def _write(self, notes: dict[str, list[str]]) -> None:
        self._path.write_text(json.dumps(notes))
