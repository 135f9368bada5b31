"""Which versions of which packages the runtime needs, and what a requirement makes of them."""

import re
from dataclasses import dataclass
from typing import Final

_LOCKED: Final = re.compile(r"^([A-Za-z0-9._-]+)==([0-9.]+)", re.MULTILINE)
_REQUIREMENT: Final = re.compile(
    r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?P<extras>\[[^\]]*\])?\s*\(?"
    r"(?P<clauses>[=<>!~][^;()]*?)\)?\s*(?P<marker>;.*?)?(?:\s+--hash.*)?",
    re.DOTALL,
)
_CLAUSE: Final = re.compile(r"(===?|~=|!=|<=|>=|<|>)\s*v?([0-9]+(?:\.[0-9]+)*)(\.\*)?")


@dataclass(frozen=True, kw_only=True, slots=True)
class GivesWay:
    """A requirement that asks for another version of a package than the runtime needs."""

    unbound: str
    """The requirement without its version."""

    needed: str
    """What the runtime needs, such as ``aiohttp 3.14.5``."""


class RuntimeVersions:
    """The versions that the runtime is tested with. A function may bring no others of these."""

    def __init__(self, locked: str = "") -> None:
        """Read them.

        Args:
            locked: One ``name==version`` a line, as in ``requirements/function.txt``.
        """
        self._versions = {_normal(name): version for name, version in _LOCKED.findall(locked)}

    def decide(self, requirement: str) -> GivesWay | None:
        """Return what a line comes to; `None` when the runtime can live with it."""
        match = _REQUIREMENT.fullmatch(requirement)
        version = self._versions.get(_normal(match["name"])) if match else None
        if match is None or version is None:
            return None
        if all(_allows(clause, version) for clause in match["clauses"].split(",")):
            return None
        if all(_allows(clause, version) for clause in match["clauses"].split(",")):
            return None
        marker = f" {match['marker']}" if match["marker"] else ""
        return GivesWay(
            unbound=f"{match['name']}{match['extras'] or ''}{marker}",
            needed=f"{_normal(match['name'])} {version}",
        )


def _normal(name: str) -> str:
    """Return a name as PyPI compares it (https://peps.python.org/pep-0503/)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _allows(clause: str, version: str) -> bool:
    """Tell whether a clause such as ``>=3.8`` allows a release; of an unusual one, that it doesn't.

    Releases are all that the runtime needs; https://peps.python.org/pep-0440/ has more kinds.
    """
    match = _CLAUSE.fullmatch(clause.strip())
    if match is None:
        return not clause.strip()
    operator, asked, any_below = match[1], _release(match[2]), bool(match[3])
    found = _release(version)
    width = max(len(asked), len(found))
    if any_below:
        same = found[: len(asked)] == asked
    else:
        same = _padded(found, width) == _padded(asked, width)
    later = _padded(found, width) > _padded(asked, width)
    return {
        "==": same,
        "===": same,
        "!=": not same,
        ">=": same or later,
        "<=": same or not later,
        ">": later,
        "<": not same and not later,
        "~=": (same or later) and found[: len(asked) - 1] == asked[:-1],
    }[operator]


def _release(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


def _padded(release: tuple[int, ...], width: int) -> tuple[int, ...]:
    return release + (0,) * (width - len(release))
