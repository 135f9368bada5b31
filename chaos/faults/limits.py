"""How long things may take."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Seconds. The defaults are what the docs state."""

    function_back_s: float = 5.0
    """From the kill of the function to its next answer."""
    silence_s: float = 4.0
    """Without any answer while the only proxy starts: one, more when others need the processor."""
    health_s: float = 1.0
    """The longest look at health while every place is taken."""
    turned_away_s: float = 3.0
    """Until a 503: a second for a place, and the time to read and answer hundreds."""
    good_client_s: float = 2.0
    """The longest call among a thousand clients that never get to the point."""
    stop_s: float = 30.0
    """From SIGTERM to the end; Heroku kills then."""


STATED: Final = Limits()
BUSY: Final = Limits(
    function_back_s=25, silence_s=25, health_s=10, turned_away_s=15, good_client_s=25
)
"""For a machine that runs other tests at the same time: what is late is late, but not wrong."""
