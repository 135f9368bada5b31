"""docs/logs.md names what dashboards and people look for: every event, every field."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}


def calls() -> Iterator[ast.Call]:
    """Yield every call of a logger in the programs."""
    for program in ("invocation", "proxy", "relay", "supervision"):
        for path in (ROOT / program).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and node.func.attr in LEVELS
                    and "log" in ast.unparse(node.func.value).lower()
                ):
                    yield node


def test_every_event_and_field_is_documented() -> None:
    """A new line in the log, or a new name in one, is told on the page."""
    page = re.sub("```.*?```", "", (ROOT / "docs/logs.md").read_text(), flags=re.DOTALL)
    documented = {" ".join(text.split()) for text in re.findall(r"`([^`]+)`", page)}
    used: set[str] = set()
    for call in calls():
        if call.args and isinstance(call.args[0], ast.Constant):
            used.add(str(call.args[0].value))
        used |= {keyword.arg for keyword in call.keywords if keyword.arg}

    assert len(used) > 40
    assert used - documented == set()
