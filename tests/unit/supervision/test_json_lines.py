"""supervisord's lines, as they are written."""

import json
from datetime import UTC, datetime

import pytest

from supervision.json_lines import line_of

NOW = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)


def test_line_has_the_fields_of_everybodys() -> None:
    """One object, one line, the time in UTC, whatever the text holds."""
    line = line_of(20, 'spawned: "x"\nand\u2028more \udcff', NOW)

    assert line.count(b"\n") == 1
    assert json.loads(line) == {
        "level": "info",
        "logger": "supervisord",
        "timestamp": "2026-01-02T03:04:05.678000Z",
        "message": 'spawned: "x"\nand\u2028more \udcff',
    }


@pytest.mark.parametrize(
    ("level", "message", "shown"),
    [
        (50, "could not write pidfile /x", "critical"),
        (30, "killing 'relay' (7) with SIGKILL", "warning"),
        (30, "stopped: relay (exit status 1)", "warning"),
        (30, "stopped: relay (terminated by SIGKILL)", "warning"),
        (30, "exited: relay (terminated by SIGTERM; not expected)", "warning"),
        (30, "received SIGTERM indicating exit request", "info"),
        (30, "stopped: relay (terminated by SIGTERM)", "info"),
        (10, "killing relay (pid 7) with signal SIGTERM", "debug"),
    ],
)
def test_level_is_supervisords_but_for_what_is_no_trouble(
    level: int, message: str, shown: str
) -> None:
    """A stop that was asked for is none; anything that had to be killed is."""
    assert json.loads(line_of(level, message, NOW))["level"] == shown
