"""Build functions in other languages with their real tools, once for each content of theirs."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[3]
KEPT: Final = ROOT / ".local" / "examples"
"""Builds of earlier runs."""
LIMIT_S: Final = 900
"""How long the tools may take to fetch and build on a busy machine."""

BUILDS: Final = {
    "examples/typescriptfunction": "npm ci --ignore-scripts --no-audit --no-fund && npm run build",
    "examples/javafunction": "./build -DskipTests",
    "examples/anylanguage": "./build",
    "conformance/functions/java": "./build",
    "conformance/functions/go": "./build",
}
_TOOLS: Final = {"package.json": ("node", "npm"), "pom.xml": ("javac", "mvn"), "go.mod": ("go",)}
_LEFT_OUT: Final = shutil.ignore_patterns("node_modules", "dist", "target", "*.md")


def built(name: str) -> Path:
    """Return a folder with the build of one of ours; a test without the tools is skipped."""
    source = ROOT / name
    for sign, tools in _TOOLS.items():
        missing = [tool for tool in tools if not shutil.which(tool)]
        if missing and (source / sign).exists():
            pytest.skip(f"needs {' and '.join(missing)}")
    folder = KEPT / f"{name.replace('/', '-')}-{_digest(source)}"
    KEPT.mkdir(parents=True, exist_ok=True)
    with Path(f"{folder}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # test files run side by side
        if not (folder / "is-built").exists():
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(source, folder, ignore=_LEFT_OUT)
            run(BUILDS[name], folder)
            (folder / "is-built").touch()
    return folder


def run(command: str, folder: Path) -> str:
    """Run a line of bash to its end; return what it says.

    Raises:
        AssertionError: it failed.
    """
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=os.environ | {"CGO_ENABLED": "0"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def _digest(source: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(_inputs(source)):
        digest.update(f"{path.relative_to(source)} {path.stat().st_size}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _inputs(source: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(source):
        left_out = _LEFT_OUT(folder, [*folders, *files])
        folders[:] = [name for name in folders if name not in left_out]
        yield from (Path(folder) / name for name in files if name not in left_out)
