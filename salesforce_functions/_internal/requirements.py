"""Leave the runtime out of a project's requirements: it is there already, and not on PyPI.

All releases of ``salesforce-functions`` there are yanked, and would replace this one. Nor do
versions stay that the runtime cannot live with. What pip makes of the other lines, in the project's
folder, is pip's business (https://pip.pypa.io/en/stable/reference/requirements-file-format/).
"""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from salesforce_functions._internal.release import VERSION
from salesforce_functions._internal.runtime_versions import GivesWay, RuntimeVersions
from salesforce_functions._internal.text_file import read_text

_NAME: Final = r"salesforce[-_.]+functions(?![A-Za-z0-9_.-])"

# The name alone or with whatever may follow a name: extras, a version, a marker, a URL, options.
_BY_NAME: Final = re.compile(_NAME, re.IGNORECASE)

# Its repository, or an archive of it: they would replace the runtime just the same.
_BY_PLACE: Final = re.compile(
    rf"[#&]egg={_NAME}"
    r"|/sf-functions-python(?:\.git)?(?:[@#/\s]|$)"
    r"|(?:^|[/\s])salesforce[-_.]+functions-[0-9][^/\s]*\.(?:whl|zip|tar\.[a-z0-9]+)",
    re.IGNORECASE,
)
_PINNED: Final = re.compile(r"^[^;]*(?:[=<>~@/]|-[0-9])|--hash")
_COMMENT: Final = re.compile(r"(^|\s+)#.*$")
_ELSEWHERE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|.*\$\{")
"""A URL, or a path that the environment completes: only pip can tell what it is."""

_INCLUDE: Final = {"-r", "--requirement"}
_EDITABLE: Final = {"-e", "--editable"}
_WITH_PATH: Final = {"-c", "--constraint", "-f", "--find-links"}
"""Options whose path pip looks up beside the file in which they stand."""


_RELATIVE_FILE: Final = re.compile(r"([^@;]+@\s*)file:(?!/)([^\s;]+)(.*)", re.DOTALL)
"""``mylib @ file:mylib``, which older pips take for nothing."""


class RequirementsError(Exception):
    """The requirements cannot be read; the text says where and why."""


class Requirements:
    """The requirements of a project without the runtime.

    Attributes:
        lines: what pip is to read: the lines of all files, in their order.
        notices: what was left out or changed, each with its file and line.
    """

    def __init__(self, project_path: Path, runtime: RuntimeVersions | None = None) -> None:
        """Read ``requirements.txt`` of a project and the files that it includes.

        Args:
            project_path: The project's directory; without such a file there are no requirements.
            runtime: What the runtime needs in certain versions, if that is known.

        Raises:
            RequirementsError: The directory or a file that is included is missing, or a file cannot
                be read or includes itself.
        """
        if not project_path.is_dir():
            raise RequirementsError(f"there is no directory {project_path.resolve()}")
        self._runtime = runtime or RuntimeVersions()
        self._project_path = project_path.resolve()
        self.lines: list[str] = []
        self.notices: list[str] = []
        path = project_path.joinpath("requirements.txt").resolve()
        if path.exists():
            self._read(path, ())
        else:
            self.notices.append(f"Notice: there is no {path}")

    def _read(self, path: Path, including: tuple[Path, ...]) -> None:
        for number, line in _logical_lines(_text(path)):
            content = _COMMENT.sub("", line.replace("\\\n", "")).strip()
            place = f"{path}:{number}"
            name, value = _option(content)
            if _BY_NAME.match(content) or _BY_PLACE.search(content):
                self.notices.append(_notice(place, content))
            elif name in _INCLUDE:
                self._include(value, place, (*including, path))
            elif name in _WITH_PATH and path.parent.joinpath(value).exists():
                self.lines.append(f"{name} {shlex.quote(str(path.parent / value))}")
            elif name in _EDITABLE and value:
                # pip would leave a .pth file, which is read in no folder but site-packages.
                self.lines.append(_as_ordinary(value))
                self.notices.append(
                    f"Notice: {place}: {_shown(content)!r} is installed as it is now"
                )
            elif gives_way := self._runtime.decide(content):
                self._give_way(gives_way, place, content)
            else:
                self.lines.append(self._with_whole_path(line))

    def _give_way(self, decision: GivesWay, place: str, content: str) -> None:
        needed = f"{decision.needed}, which the runtime needs"
        if "--hash" in content:  # pip takes no line without a version where others have hashes
            raise RequirementsError(
                f"{place}: {_shown(content)!r} stands against {needed}: pin that version here"
            )
        self.lines.append(decision.unbound)
        self.notices.append(
            f"Warning: {place}: {_shown(content)!r} gives way to {needed}: take the version out of"
            " this line"
        )

    def _with_whole_path(self, line: str) -> str:
        if match := _RELATIVE_FILE.fullmatch(line):
            return f"{match[1]}{self._project_path.joinpath(match[2]).as_uri()}{match[3]}"
        return line

    def _include(self, name: str, place: str, including: tuple[Path, ...]) -> None:
        if _ELSEWHERE.match(name):
            self.lines.append(f"-r {name}")
            self.notices.append(f"Warning: {place}: {_shown(name)!r} is not looked into")
            return
        path = including[-1].parent.joinpath(name).resolve()
        if path in including:
            raise RequirementsError(f"{place}: {path} includes itself")
        if not path.is_file():
            raise RequirementsError(f"{place}: there is no file {path}")
        self._read(path, including)


def _notice(place: str, content: str) -> str:
    left_out = f"{place}: left out {_shown(content)!r}"
    if _PINNED.search(content):
        return f"Warning: {left_out}, whatever version it asks for: the runtime is {VERSION}"
    return f"Notice: {left_out}: the runtime is there already"


def _as_ordinary(place: str) -> str:
    """Return what ``-e`` names as a requirement: a folder by a path, so that it is no name."""
    return place if "/" in place or place.startswith((".", "file:")) else f"./{place}"


def _shown(content: str) -> str:
    """Return a line without hashes, which nobody reads, and without passwords of URLs."""
    return re.sub(r"://[^/@\s]*@", "://***@", content.partition(" --hash")[0].rstrip())


def _option(content: str) -> tuple[str, str]:
    """Split ``-r file``, ``-rfile``, ``--requirement file`` and ``--requirement=file``."""
    if not content.startswith("-"):
        return "", ""
    try:
        first, *others = shlex.split(content)
    except ValueError:  # an open quotation mark, about which pip will complain
        return "", ""
    if first.startswith("--"):
        name, _, value = first.partition("=")
    else:
        name, value = first[:2], first[2:]
    return name, value or "".join(others[:1])


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield lines with their numbers; those that end in a backslash with what follows them."""
    begun: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        begun.append(line)
        # A line that is a comment ends what was begun, whatever its last character; pip's rule.
        if line.endswith("\\") and not _COMMENT.match(line):
            continue
        yield number - len(begun) + 1, "\n".join(begun)
        begun = []
    if begun:
        yield len(text.splitlines()) - len(begun) + 1, "\n".join(begun)


def _text(path: Path) -> str:
    try:
        return read_text(path)
    except (OSError, UnicodeDecodeError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise RequirementsError(f"{path} cannot be read: {reason}") from error
