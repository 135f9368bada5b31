"""Say where a function may write, when it failed to write somewhere else."""

import errno
import os
from pathlib import Path
from typing import Final

_REFUSALS: Final = {errno.EACCES, errno.EPERM, errno.EROFS}
_MOST_CAUSES: Final = 20

HINT: Final = " (nothing can be written there: write to /tmp, which Python's tempfile does)"


def hint_for(error: BaseException | None) -> str:
    """Return `HINT` if an error, or what caused it, is a refused write; else nothing.

    The original ran functions where they could write beside their code; in an image they can't.
    """
    for _ in range(_MOST_CAUSES):
        if error is None:
            break
        if isinstance(error, OSError) and error.errno in _REFUSALS and _is_refused_write(error):
            return HINT
        error = error.__cause__ or error.__context__
    return ""


def _is_refused_write(error: OSError) -> bool:
    names = [name for name in (error.filename, error.filename2) if isinstance(name, str | bytes)]
    if error.errno == errno.EROFS:
        return bool(names)
    return any(_cannot_be_written(Path(os.fsdecode(name)).absolute()) for name in names)


def _cannot_be_written(path: Path) -> bool:
    """Tell whether a path can be looked at but not written; else something else was refused."""
    if path.exists() and not path.is_dir():
        return os.access(path, os.R_OK) and not os.access(path, os.W_OK)
    folder = path if path.is_dir() else path.parent
    return os.access(folder, os.X_OK) and not os.access(folder, os.W_OK)
