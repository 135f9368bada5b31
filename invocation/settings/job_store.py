"""The settings of the job store: a database or a file, how much goes in, and which relay it is."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Final

from invocation.run_dir import own_run_dir
from invocation.settings.database_url import parse_database_url
from invocation.settings.reader import shown

if TYPE_CHECKING:
    from invocation.settings.reader import SettingsReader

_DATABASE: Final = "DATABASE_URL"


def file(read: SettingsReader, name: str, default: Path | None) -> Path | None:
    """Return the file that holds jobs where there is no database, if one is named."""
    text, has_database = read.text(name), bool(read.text(_DATABASE))
    if text and has_database:
        read.warning(name, f"is ignored, since {_DATABASE} is set: unset one of them")
    path = Path(text) if text else default
    if path and not has_database and not _can_be_made(path):
        read.problem(name, f"must be a file in a folder we may write, not {shown(str(path))}")
    return path


def url(read: SettingsReader, name: str, _: str) -> str:
    """Return where jobs are stored, as a URL of SQLAlchemy."""
    if not (text := read.text(name)):
        run_dir = own_run_dir(read.known["run_dir"], read.known["port"])
        return f"sqlite:///{read.known['async_db_path'] or run_dir / 'async.sqlite3'}"
    try:
        return parse_database_url(text, on_dyno=read.on_dyno)
    except ValueError as error:
        read.problem(name, str(error))
        return "sqlite://"


def lasts(read: SettingsReader, name: str, default: bool) -> bool:
    """Return whether the store outlives this container, as a database does."""
    word = read.choice(name, "YES" if default and not read.on_dyno else "NO", ("YES", "NO"))
    return word == "YES" or bool(read.text(_DATABASE))


def max_user_bytes(read: SettingsReader, name: str, _: int) -> int:
    """Return how much of the store one user may fill; without a setting half of it."""
    most = read.known["async_max_bytes"]
    return read.whole(name, most // 2, (1024**2, most))


def relay_name(read: SettingsReader, name: str, _: str) -> str:
    """Return by which name a relay takes up its own jobs after a restart."""
    return read.text(name) or read.text("DYNO") or socket.gethostname()


def _can_be_made(path: Path) -> bool:
    """Tell whether a file of ours can be there: nothing is made yet, the settings may be wrong."""
    if path.exists():
        return path.is_file() and os.access(path, os.R_OK | os.W_OK)
    nearest = next(parent for parent in path.absolute().parents if parent.exists())
    return nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)
