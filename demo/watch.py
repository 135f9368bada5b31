"""Sees when the files of a function change."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOURCES: Final = (
    *(".py", ".toml", ".js", ".mjs", ".cjs", ".ts", ".java", ".jar", ".go", ".rb", ".php", ".sh"),
    *("requirements.txt", "package.json", ".env"),
)
"""How the names end of what a function is made of; other files it may write itself when called."""
_NOT_OURS: Final = {"node_modules", "venv", "__pycache__", "site-packages"}
_MOST_FILES: Final = 5_000


class Files:
    """The source files in a folder, without those that tools keep there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen = self._look()

    def changed(self) -> list[str]:
        """Return what is other than at the last call: paths in the folder."""
        before, self._seen = self._seen, self._look()
        paths = before.keys() | self._seen.keys()
        return sorted(path for path in paths if before.get(path) != self._seen.get(path))

    def _look(self) -> dict[str, tuple[int, int]]:
        found: dict[str, tuple[int, int]] = {}
        for path in self._walk():
            try:
                status = os.stat(path)  # noqa: PTH116 - ten times a second, for many files
            except OSError:  # gone meanwhile
                continue
            found[os.path.relpath(path, self._folder)] = (status.st_mtime_ns, status.st_size)
            if len(found) >= _MOST_FILES:
                break
        return found

    def _walk(self) -> Iterator[str]:
        for folder, folders, names in os.walk(self._folder):
            folders[:] = [
                name for name in folders if name not in _NOT_OURS and not name.startswith(".")
            ]
            for name in names:
                if name.endswith(SOURCES):
                    yield os.path.join(folder, name)  # noqa: PTH118 - likewise
