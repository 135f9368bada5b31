"""A stand-in for the official Python image, made of Debian packages: it takes no registry.

It differs: Python is Debian's and lies in /usr/bin. It also holds this machine's certificates and
pip settings, without which a build behind a company's proxy fails; so it must never be pushed.
"""

import hashlib
import os
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from localstack import ROOT

SUITE: Final = "bookworm"
PACKAGES: Final = ("ca-certificates", "python3", "python3-venv")
PROGRAM: Final = "mmdebstrap"
OPTIONS: Final = (
    "--variant=minbase",
    f"--include={','.join(PACKAGES)}",
    '--aptopt=Acquire::Languages "none"',
    "--dpkgopt=force-unsafe-io",
    *(f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in ("doc", "locale", "man")),
)
"""As slim as the official one, and no disk is waited for."""
BUILD_LIMIT_S: Final = 400
CERTIFICATES: Final = Path("/etc/ssl/certs/ca-certificates.crt")


def base_name() -> str:
    """Return the base image that the Dockerfile names."""
    found = re.search(r"^ARG BASE_IMAGE=(\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert found, "the Dockerfile names no base"
    return found[1]


def stand_in() -> Path:
    """Return the tar of a root file system; made once a month, for Debian's security updates."""
    inside = [(path, place) for path, place in _of_this_machine() if path.exists()]
    key = hashlib.sha256(repr((SUITE, OPTIONS, f"{datetime.now(UTC):%Y-%m}")).encode())
    for path, place in inside:
        key.update(place.encode() + path.read_bytes())
    tar = _cache() / f"base-{key.hexdigest()[:16]}.tar"
    if not tar.exists():
        tar.parent.mkdir(parents=True, exist_ok=True)
        new = tar.with_suffix(f".{os.getpid()}.tar")
        hooks = [f"--customize-hook=upload {path} {place}" for path, place in inside]
        hooks.append('--customize-hook=ln -s python3 "$1/usr/bin/python"')
        command = [PROGRAM, "--quiet", *OPTIONS, *hooks, SUITE, str(new)]
        try:
            subprocess.run([*command, *_mirrors()], check=True, timeout=BUILD_LIMIT_S)
            new.rename(tar)
        finally:
            new.unlink(missing_ok=True)
    return tar


def is_possible() -> bool:
    """Tell whether this machine can make one."""
    return shutil.which(PROGRAM) is not None


def _of_this_machine() -> list[tuple[Path, str]]:
    """Return the files without which pip may reach no index from here, and their places."""
    certificates = os.environ.get("PIP_CERT") or os.environ.get("SSL_CERT_FILE") or CERTIFICATES
    settings = os.environ.get("PIP_CONFIG_FILE") or "/etc/pip.conf"
    return [(Path(certificates), str(CERTIFICATES)), (Path(settings), "/etc/pip.conf")]


def _mirrors() -> list[str]:
    """Return where this machine gets the suite from, if it says so; else mmdebstrap knows."""
    for name in ("/etc/apt/sources.list.d/debian.sources", "/etc/apt/sources.list"):
        path = Path(name)
        if path.exists() and SUITE in path.read_text():
            return [name]
    return []


def _cache() -> Path:
    """Return a folder outside of the repository that outlives the tests."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "salesforce-functions"
