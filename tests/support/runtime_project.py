"""Write small function projects to disk."""

from pathlib import Path
from typing import Final

GOOD_TOML: Final = '[com.salesforce]\nsalesforce-api-version = "56.0"\n'
"""The least a project.toml must say."""

GOOD_MAIN: Final = "async def function(event, context):\n    return event.data\n"
"""A function that returns its payload."""


def write_project(
    path: Path, *, main: str | None = GOOD_MAIN, toml: str | bytes | None = GOOD_TOML, **others: str
) -> Path:
    """Write a project; `None` leaves a file out, other names become further modules."""
    path.mkdir(parents=True, exist_ok=True)
    if main is not None:
        path.joinpath("main.py").write_text(main, encoding="utf-8")
    if toml is not None:
        content = toml.encode() if isinstance(toml, str) else toml
        path.joinpath("project.toml").write_bytes(content)
    for name, text in others.items():
        path.joinpath(f"{name}.py").write_text(text, encoding="utf-8")
    return path
