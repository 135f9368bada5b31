"""Sees when the files of a function change."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

SOURCES: Final = (
    *(".py", ".toml", ".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx"),
    *(".java", ".kt", ".properties", ".jar", ".go", ".rs", ".rb", ".php", ".sh"),
    *("requirements.txt", "package.json", "package-lock.json", "tsconfig.json", "pom.xml"),
    *("go.mod", "go.sum", ".env"),
)
"""How the names end of what a function is made of; other files it may write itself when called."""
SCRIPTS: Final = frozenset({"build", "start"})
"""Files of a function that have no ending."""
MADE_BY_BUILDS: Final = frozenset({"dist", "target", "build", "out"})
"""Folders that a build fills: they change without a person."""
_NOT_OURS: Final = {"node_modules", "venv", "__pycache__", "site-packages"}
_MOST_FILES: Final = 5_000


class Files:
    """The source files in a folder, without those that tools keep there.

    Args:
        folder: which one.
        without: names of folders in it whose files do not count.
    """

    def __init__(self, folder: Path, *, without: Collection[str] = ()) -> None:
        self._folder = folder
        self._without = without
        self._seen = self._look()

    def changed(self) -> list[str]:
        """Return what is other than at the last call: paths in the folder."""
        before, self._seen = self._seen, self._look()
        paths = before.keys() | self._seen.keys()
        return sorted(path for path in paths if before.get(path) != self._seen.get(path))

    def _look(self) -> dict[str, tuple[int, int]]:
        found: dict[str, tuple[int, int]] = {}
        for path in source_paths(self._folder, self._without):
            try:
                status = os.stat(path)  # noqa: PTH116 - ten times a second, for many files
            except OSError:  # gone meanwhile
                continue
            found[os.path.relpath(path, self._folder)] = (status.st_mtime_ns, status.st_size)
            if len(found) >= _MOST_FILES:
                break
        return found


def source_paths(folder: Path, without: Collection[str]) -> Iterator[Path]:
    """Yield the source files in a folder.

    Args:
        folder: which one.
        without: names of folders in it that are left out, besides those that tools fill.
    """
    for place, folders, names in os.walk(folder):
        folders[:] = [
            name
            for name in folders
            if name not in _NOT_OURS and name not in without and not name.startswith(".")
        ]
        for name in names:
            if name.endswith(SOURCES) or name in SCRIPTS:
                yield Path(place, name)
