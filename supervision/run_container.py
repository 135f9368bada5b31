"""The whole container, from the settings to the end of the last program.

supervisord itself ends with 0 also when nothing could run; a platform that looks at exit codes
would not start the container anew.
"""

from __future__ import annotations

import functools
import os
import sys
from typing import TYPE_CHECKING, Final

from supervisor import supervisord

from invocation.derived_keys import control_password
from invocation.run_dir import FAILED, STORE_READY
from invocation.settings.checked import checked
from invocation.settings.function_settings import secrets_of
from supervision.copier import Copier
from supervision.dual_stack import HeldPort, PortTaken, require_free
from supervision.options import ContainerOptions
from supervision.programs import Programs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from invocation.settings.config import Config

COULD_NOT_SERVE: Final = 1
BAD_SETTINGS: Final = 2


class NotOurs(Exception):
    """The run directory can't be used; the text says why, and what to change."""


def run(arguments: Sequence[str], *, hidden: bool) -> int:
    """Run everything; return the exit code.

    Args:
        arguments: supervisord's.
        hidden: whether nobody can look into this process.
    """
    if not (config := checked(os.environ)):
        return BAD_SETTINGS
    try:
        run_dir = _own_folder(config.own_run_dir)
        held = HeldPort(config.port)
        require_free(config.function_port, "FUNCTION_PORT")
    except (NotOurs, PortTaken) as error:
        sys.stderr.write(f"start: {error}\n")
        return BAD_SETTINGS
    secrets = _taken_out()
    _set_defaults(config, run_dir)
    for left_by_the_last_one in (FAILED, STORE_READY):
        (run_dir / left_by_the_last_one).unlink(missing_ok=True)
    copier = Copier()
    # The name by which its `main` makes its options.
    supervisord.ServerOptions = functools.partial(
        ContainerOptions,
        held,
        programs=Programs(secrets, hidden=hidden),
        password=control_password(config.private_key),
    )
    supervisord.main(list(arguments))
    copier.finish()
    return COULD_NOT_SERVE if (run_dir / FAILED).exists() else 0


def _own_folder(folder: Path) -> Path:
    """Return the folder that holds supervisord's control socket, so must be ours alone.

    Raises:
        NotOurs: it isn't.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
            raise NotOurs(f"{folder} belongs to someone else; set RUN_DIR to a folder of your own")
        folder.chmod(0o700)
    except OSError as error:
        raise NotOurs(f"{folder} can't be used ({error.strerror}): set RUN_DIR") from error
    return folder


def _taken_out() -> dict[str, str]:
    """Take the secrets out of the environment, which the programs inherit; return them."""
    secrets = secrets_of(os.environ)
    for name in secrets:
        del os.environ[name]
    return secrets


def _set_defaults(config: Config, run_dir: Path) -> None:
    """Set what supervisord.conf and the programs want to find in the environment."""
    os.environ.update(
        PORT=str(config.port),
        FUNCTION_PORT=str(config.function_port),
        FUNCTION_STOP_SIGNAL=config.function_stop_signal,
        WEB_CONCURRENCY=str(config.processes),
        RUN_DIR=str(run_dir),
    )
