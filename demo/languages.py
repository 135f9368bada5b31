"""By which file a function's language is told, and what its machine needs for it."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES: Final = MappingProxyType(
    {
        "python": "function",
        "node": "examples/typescriptfunction",
        "java": "examples/javafunction",
        "go": "examples/anylanguage",
    }
)
"""Functions that come along: what ``EXAMPLE`` calls each, and its folder."""
START: Final = "start"
"""A file that serves a function for which there is no runtime."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tool:
    """A program that has to be installed."""

    name: str
    """As a person calls it."""
    program: str
    debian: str
    """The packages that have it."""
    macos: str
    """What ``brew install`` is given."""
    version_option: str = ""
    at_least: int = 0
    """The oldest major version that will do; 0: any, and none is asked for."""


_NODE: Final = Tool(
    name="Node",
    program="node",
    debian="nodejs npm",
    macos="node",
    version_option="--version",
    at_least=18,
)
_NPM: Final = Tool(name="npm", program="npm", debian="npm", macos="node")
_JDK: Final = Tool(
    name="JDK",
    program="javac",
    debian="default-jdk-headless",
    macos="--cask temurin",
    version_option="-version",
    at_least=17,
)
_JAVA: Final = Tool(
    name="Java",
    program="java",
    debian="default-jre-headless",
    macos="--cask temurin",
    version_option="-version",
    at_least=17,
)
_MAVEN: Final = Tool(name="Maven", program="mvn", debian="maven", macos="maven")
_GO: Final = Tool(name="Go", program="go", debian="golang-go", macos="go")


@dataclass(frozen=True, kw_only=True, slots=True)
class Language:
    """What a function is written in."""

    sign: str
    """The file by which it is told."""
    tools: tuple[Tool, ...] = ()
    """What builds and serves it."""
    command: str = ""
    """What starts it; empty: ``bin/function-command`` knows."""


PYTHON: Final = Language(sign="main.py")
NODE: Final = Language(sign="package.json", tools=(_NODE, _NPM))
BUNDLE: Final = Language(sign="function-bundle.toml", tools=(_JAVA,))
"""A function in Java that was built elsewhere."""
JAVA: Final = Language(sign="pom.xml", tools=(_JDK, _MAVEN))
GO: Final = Language(sign="go.mod", tools=(_GO,), command=f"exec ./{START}")
OTHER: Final = Language(sign=START, command=f"exec ./{START}")
LANGUAGES: Final = (PYTHON, NODE, BUNDLE, JAVA, GO, OTHER)
"""In the order of ``bin/function-command``."""


def language_in(folder: Path) -> Language | None:
    """Return the language of the function in a folder; None when nothing tells it."""
    return next((each for each in LANGUAGES if (folder / each.sign).is_file()), None)
