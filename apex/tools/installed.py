"""The programs that the checks start: Java, and what ``npm ci --prefix apex/tools`` installs."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_HERE: Final = Path(__file__).parent
ROOT: Final = _HERE.parents[1]
"""The folder in which force-app lies."""
_MODULES: Final = _HERE / "node_modules"
JARS: Final = _MODULES / "@salesforce" / "code-analyzer-pmd-engine" / "dist" / "java-lib"
"""apex-ls, its libraries of Salesforce's types, and PMD."""
_PARSER: Final = "apex-ast-serializer-linux-x64"
PARSER: Final = _MODULES / "@prettier-apex" / _PARSER / _PARSER
"""Salesforce's own Apex parser, as a program for Linux on x86-64."""
_LIBRARY: Final = _MODULES / "prettier-plugin-apex" / "vendor" / "apex-ast-serializer" / "lib"
COMPILER: Final = _LIBRARY / "apex-jorje-lsp.jar"
"""Salesforce's own Apex compiler, with the declarations of its standard library."""
PACKAGES: Final = "the pinned packages: npm ci --prefix apex/tools --no-audit --no-fund"
_SHORT_RUN: Final = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""They run for seconds, in which the JVM's second compiler costs more than it saves."""
TIMEOUT_S: Final = 300.0
"""The longest that any of them may take; each takes seconds."""


class NotInstalledError(Exception):
    """What a check needs is not on this machine; the text says how to get it."""


class ToolFailedError(Exception):
    """A tool ended without a report; the text is what it said."""


def missing() -> list[str]:
    """Return what has to be installed, one line each; nothing when all is there."""
    lines = []
    if not (shutil.which("java") and shutil.which("javac")):
        lines.append(
            "a JDK 17 or newer, such as Debian's: apt-get install -y openjdk-17-jdk-headless"
        )
    if not (JARS.is_dir() and PARSER.is_file() and COMPILER.is_file()):
        if shutil.which("npm") is None:
            lines.append("Node 20 or newer with npm: https://nodejs.org")
        lines.append(PACKAGES)
    return lines


def require() -> None:
    """Make sure that everything is there.

    Raises:
        NotInstalledError: something is not.
    """
    if lines := missing():
        raise NotInstalledError("\n".join(f"install {line}" for line in lines))


def run_java(main_class: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a class of the jars and return its output, whatever its exit code.

    Raises:
        NotInstalledError: there is no Java or there are no jars.
        ToolFailedError: it took longer than `TIMEOUT_S`.
    """
    return _run([f"{JARS}/*", main_class, *map(str, arguments)])


def run_java_source(
    source: Path, jars: Sequence[Path], *arguments: str | Path, text: str
) -> subprocess.CompletedProcess[str]:
    """Compile a Java program of one file, run it with ``text`` as its input, as `run_java` does."""
    classes = ":".join(map(str, jars))
    return _run([classes, str(source), *map(str, arguments)], text)


def _run(command: list[str], text: str = "") -> subprocess.CompletedProcess[str]:
    require()
    try:
        return subprocess.run(  # noqa: S603 - our own jars and programs, no shell
            ["java", *_SHORT_RUN, "-cp", *command],  # noqa: S607 - whichever Java is installed
            input=text,
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT_S,
        )
    except subprocess.TimeoutExpired as error:
        raise ToolFailedError(f"{command[1]} took longer than {TIMEOUT_S:.0f} s") from error
