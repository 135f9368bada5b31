"""A stand-in for the official Python image, made of Debian packages: it takes no registry.

It differs: Python is Debian's and lies in /usr/bin. It also holds this machine's certificates and
pip settings, without which a build behind a company's proxy fails; so it must never be pushed.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
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
DEBIAN_OWN: Final = Path("/usr/share/ca-certificates")
"""Where Debian has its own certificates, on this machine if it is one."""
OTHERS: Final = "/usr/local/share/ca-certificates"
CERTIFICATE: Final = re.compile(
    "-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL
)


def base_name() -> str:
    """Return the base image that the Dockerfile names."""
    found = re.search(r"^ARG BASE_IMAGE=(\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert found, "the Dockerfile names no base"
    return found[1]


def stand_in() -> Path:
    """Return the tar of a root file system; made once a month, for Debian's security updates."""
    settings, others = _pip_settings(), _other_certificates()
    key = hashlib.sha256(repr((SUITE, OPTIONS, others, f"{datetime.now(UTC):%Y-%m}")).encode())
    if settings.exists():
        key.update(settings.read_bytes())
    tar = _cache() / f"base-{key.hexdigest()[:16]}.tar"
    if not tar.exists():
        tar.parent.mkdir(parents=True, exist_ok=True)
        new = tar.with_suffix(f".{os.getpid()}.tar")
        with tempfile.TemporaryDirectory() as folder:
            hooks = _hooks(settings, others, Path(folder))
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


def _hooks(settings: Path, others: list[str], folder: Path) -> list[str]:
    """Return what mmdebstrap does at the end; ``folder`` holds the files that it needs."""
    hooks = ['ln -s python3 "$1/usr/bin/python"']
    if settings.exists():
        hooks.append(f"upload {settings} /etc/pip.conf")
    for number, text in enumerate(others):
        path = folder / f"{number}.crt"
        path.write_text(f"{text}\n")
        hooks.append(f"upload {path} {OTHERS}/{path.name}")
    # Each in a file of its own, of which Java, when it is installed, makes a store for itself.
    hooks.append('chroot "$1" update-ca-certificates')
    return [f"--customize-hook={hook}" for hook in hooks]


def _pip_settings() -> Path:
    """Return the file without which pip may reach no index from here; it need not exist."""
    return Path(os.environ.get("PIP_CONFIG_FILE") or "/etc/pip.conf")


def _other_certificates() -> list[str]:
    """Return those that this machine trusts and Debian does not bring, for pip, npm and Maven."""
    path = os.environ.get("PIP_CERT") or os.environ.get("SSL_CERT_FILE") or CERTIFICATES
    ours = _certificates(Path(path))
    brought = {text for path in DEBIAN_OWN.rglob("*.crt") for text in _certificates(path)}
    return [text for text in ours if text not in brought]


def _certificates(path: Path) -> list[str]:
    return CERTIFICATE.findall(path.read_text(errors="replace")) if path.exists() else []


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
