"""What is built: the project, and beside it things that must stay out of the image."""

import shutil
import tempfile
from pathlib import Path
from typing import Final

from localstack import ROOT

MARK: Final = b"nobody-may-ever-find-this-in-an-image"
DECOYS: Final = (
    ".env",
    ".git/config",
    ".local/private_key.pem",
    "function/.aws/credentials",
    "function/.env",
    "function/.pytest_cache/v",
    "function/private_key.pem",
    "function/server.key",
    "function/tests/test_decoy.py",
    "proxy/__pycache__/decoy.pyc",
    "tests/decoy.py",
)
NOT_COPIED: Final = (
    ".*",
    "__pycache__",
    "bench",
    "docs",
    "force-app",
    "org-configuration",
    "tests",
    "tools",
)


def new_context(folder: Path) -> Path:
    """Copy the project, with decoys, from a checkout whose files belong to one user alone."""
    context = folder / "context"
    shutil.copytree(ROOT, context, ignore=shutil.ignore_patterns(*NOT_COPIED))
    shutil.copy(ROOT / ".dockerignore", context)
    for name in DECOYS:
        path = context / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(MARK)
    for path in context.rglob("*"):
        path.chmod(path.stat().st_mode & 0o700)
    return context


def new_function(context: Path, main: str, requirements: str) -> Path:
    """Copy a context with another function in it; return the copy."""
    copy = Path(tempfile.mkdtemp(dir=context.parent)) / "context"
    shutil.copytree(context, copy)
    (copy / "function" / "main.py").write_text(main)
    (copy / "function" / "requirements.txt").write_text(requirements)
    return copy
