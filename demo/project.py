"""The function's project: its packages are installed and it is checked before anything starts."""

from __future__ import annotations

import hashlib
import shlex
import subprocess
import sys
import tempfile
import traceback
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Final

from demo.not_servable import NotServableError
from demo.run_to_end import run_to_end

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from demo.interrupts import Interrupts

CHECK_LIMIT_S: Final = 120
INSTALL_LIMIT_S: Final = 900
_CHECK: Final = "exec python -P -m salesforce_functions check ."


class Project:
    """A function, ready to be started by ``bin/function``.

    Args:
        root: our own folder.
        folder: the function's.
        is_python: whether the Python runtime serves it.
        env: the environment in which it is installed and checked.
        packages: becomes a link to the folder with what its requirements name.
        interrupts: may end it, but leave nothing running.
    """

    def __init__(
        self,
        *,
        root: Path,
        folder: Path,
        is_python: bool,
        env: Mapping[str, str],
        packages: Path,
        interrupts: Interrupts,
    ) -> None:
        self._root = root
        self._folder = folder
        self._is_python = is_python
        self._env = dict(env)
        self._packages = packages
        self._interrupts = interrupts

    def prepare(self, say: Callable[[str], None]) -> None:
        """Install what is not there yet, and check that the function can be loaded.

        Args:
            say: is told what takes a while.

        Raises:
            NotServableError: it can't; what was prepared before stays as it is.
        """
        wanted = self._wanted()
        folder = self._root / ".local" / "packages" / self._digest(wanted)
        if not _names_something(wanted):
            folder.mkdir(parents=True, exist_ok=True)
        if folder.exists():
            if self._is_python:
                self._check(folder)
        else:
            if self._is_python:
                _compile(self._folder / "main.py")  # which needs no package, and takes no time
            say(f"installing what {self._folder / 'requirements.txt'} names")
            self._install(folder)
        self._point_to(folder)

    def _wanted(self) -> str:
        command = [sys.executable, "-m", "salesforce_functions", "requirements", str(self._folder)]
        done = subprocess.run(
            command,
            cwd=self._root,
            env=self._env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=CHECK_LIMIT_S,
            check=False,
        )
        if done.returncode:
            raise NotServableError(done.stderr.strip())
        return done.stdout

    def _install(self, folder: Path) -> None:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix="new-") as new:
            place = Path(new) / "packages"
            command = [str(self._root / "bin" / "install-function"), str(place), str(self._folder)]
            self._run(command, limit_s=INSTALL_LIMIT_S, PIP_QUIET="1")
            if not folder.exists():  # another run may have been faster
                place.rename(folder)

    def _check(self, packages: Path) -> None:
        with tempfile.TemporaryDirectory() as run_dir:
            self._run(
                [str(self._root / "bin" / "function")],
                limit_s=CHECK_LIMIT_S,
                FUNCTION_DIR=str(self._folder),
                FUNCTION_PACKAGES=str(packages),
                FUNCTION_PORT="0",
                FUNCTION_COMMAND=_CHECK,
                RUN_DIR=run_dir,
            )

    def _point_to(self, folder: Path) -> None:
        new = self._packages.with_name("packages-new")
        new.symlink_to(folder)
        new.replace(self._packages)

    def _digest(self, wanted: str) -> str:
        """Return what names the packages: it changes when other ones are wanted."""
        digest = hashlib.sha256(f"{sys.version}\n{self._folder}\n{wanted}".encode())
        # What is installed from a path may change although the line does not.
        for word in _words(wanted):
            path = self._folder / word
            files = sorted(path.rglob("*")) if path.is_dir() else [path]
            for file in files:
                if file.is_file():
                    digest.update(f"{file} {file.stat().st_mtime_ns}\n".encode())
        return digest.hexdigest()[:20]

    def _run(self, command: list[str], *, limit_s: int, **env: str) -> None:
        code, said = run_to_end(
            command, self._env | env, limit_s=limit_s, interrupts=self._interrupts
        )
        if code is None:
            raise NotServableError(
                f"{command[0]} did not end within {limit_s} s: does main.py wait for something when"
                f" it is imported?\n{said}".strip()
            )
        if code:
            raise NotServableError(_explained(said, self._folder))


def _words(wanted: str) -> list[str]:
    try:
        return shlex.split(wanted, comments=True)
    except ValueError:  # an open quotation mark, about which pip will complain
        return []


def _names_something(wanted: str) -> bool:
    return any(line.strip() and not line.strip().startswith("#") for line in wanted.splitlines())


def _compile(path: Path) -> None:
    with warnings.catch_warnings(action="ignore"):
        try:
            compile(path.read_bytes(), path, "exec", dont_inherit=True)
        except SyntaxError as error:
            said = "".join(traceback.format_exception_only(error))
            raise NotServableError(f"Couldn't import main.py:\n\n{said}") from error
        except (ValueError, OSError) as error:
            raise NotServableError(f"Couldn't import main.py: {path}: {error}") from error


def _explained(said: str, folder: Path) -> str:
    """Return why it failed: a check's last words, or what pip said, and what to do."""
    said = said.strip().rpartition("Function failed validation: ")[2]
    if "ModuleNotFoundError" in said:
        said += f"\n\nA package is installed when {folder / 'requirements.txt'} names it."
    return said
