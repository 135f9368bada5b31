"""Make wheels that hold nothing: of locked releases, and of releases that nobody has made yet."""

import hashlib
import re
import zipfile
from collections.abc import Iterator
from importlib.metadata import distribution, distributions
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[3]
WITH_EXTRA: Final = re.compile(r"([A-Za-z0-9._-]+) ?\[([A-Za-z0-9,._-]+)\]")
NEWER: Final = "9999.0"


def same(name: str) -> str:
    """Return a package's name in the one spelling that all have in common."""
    return re.sub(r"[-_.]+", "-", name).lower()


def required_with_extras() -> dict[str, set[str]]:
    """Return the packages that somebody asks for with an extra, and these extras."""
    found: dict[str, set[str]] = {}
    for text in _requirements():
        if match := WITH_EXTRA.match(text):
            found.setdefault(same(match[1]), set()).update(match[2].split(","))
    return found


def _requirements() -> Iterator[str]:
    """Yield what our pyproject.toml and everything that is locked requires."""
    yield from re.findall(r'"([^"\n]+)"', (ROOT / "pyproject.toml").read_text())
    for installed in distributions():
        yield from installed.requires or []


def locked_release(name: str, folder: Path) -> Path:
    """Write the release of a package that this environment has: what it says of itself, no code."""
    installed = distribution(name)
    metadata = installed.read_text("METADATA")
    assert metadata is not None
    return _write(name, installed.version, metadata, folder)


def newer_release(name: str, extras: set[str], folder: Path) -> Path:
    """Write a release that is newer than every real one."""
    metadata = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {NEWER}"]
    metadata += [f"Provides-Extra: {extra}" for extra in sorted(extras)]
    return _write(name, NEWER, "\n".join(metadata) + "\n", folder)


def _write(name: str, version: str, metadata: str, folder: Path) -> Path:
    stem = f"{name.replace('-', '_')}-{version}"
    path = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{stem}.dist-info/METADATA", metadata)
        archive.writestr(
            f"{stem}.dist-info/WHEEL",
            "Wheel-Version: 1.0\nGenerator: a test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        archive.writestr(f"{stem}.dist-info/RECORD", "")
    return path


def sha256(path: Path) -> str:
    """Return a file's hash as locks have it."""
    return f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
