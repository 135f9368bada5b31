"""Kills everything that an accepted job depends on, at random, again and again."""

import random
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from chaos.kills.programs import Victim, kill, settle
from localstack.postgres import PostgresServer
from orgsim import SimulatedOrg

QUIET_S: Final = (0.2, 1.2)
"""From when everything runs to the next event."""
AWAY_S: Final = (0.0, 0.6)
"""From a kill to the new start."""
IN_ITS_START_S: Final = (0.1, 1.5)
"""From a relay's start to the kill that meets it there."""
DATABASE_AWAY_S: Final = (0.2, 1.5)
EVENTS: Final = (
    "relay",
    "relay",
    "relay in its start",
    "function",
    "proxy",
    "everything",
    "sessions",
)
DATABASE_EVENTS: Final = ("database", "database and relay")


@dataclass(kw_only=True)
class Disturbance:
    """One thread's work: an event, everything up again, a quiet moment, the next event."""

    org: SimulatedOrg
    programs: dict[str, Victim]
    """By name: relay, function and proxy."""
    database: PostgresServer | None
    seed: int
    killed: Counter[str] = field(default_factory=Counter)
    """How often each program was, and how often ``everything`` at once."""
    restarts: int = 0
    """Of the database."""
    enough: threading.Event = field(default_factory=threading.Event)
    """Set to end it, once each event has been."""
    stopping: threading.Event = field(default_factory=threading.Event)
    """Set to end it after the event at hand."""
    _dice: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)  # noqa: S311 - the same events in every run

    def go_on(self) -> None:
        """Disturb until told to end; then everything runs."""
        for number, event in enumerate(self._events()):
            enough = self.enough.is_set() and number >= len(self._kinds())
            if enough or self.stopping.is_set():
                return
            self._wait(QUIET_S)
            self._do(event)
            settle(self.programs.values())

    def _kinds(self) -> tuple[str, ...]:
        return EVENTS + (DATABASE_EVENTS if self.database else ())

    def _events(self) -> Iterator[str]:
        while True:
            yield from self._dice.sample(self._kinds(), len(self._kinds()))

    def _do(self, event: str) -> None:
        match event:
            case "relay in its start":
                self._restart("relay")
                self._wait(IN_ITS_START_S)
                self._restart("relay")
            case "everything":
                self._restart(*self.programs)
                self.killed[event] += 1
            case "sessions":
                self.org.sessions.expire(lambda session: session.consumer_key is not None)
            case "database":
                self._restart_database()
            case "database and relay":
                self._restart_database("relay")
            case program:
                self._restart(program)

    def _restart(self, *names: str) -> None:
        self.killed.update(names)
        programs = [self.programs[name] for name in names]
        kill(programs)
        self._wait(AWAY_S)
        for program in programs:
            program.start()

    def _restart_database(self, *meanwhile: str) -> None:
        if self.database is None:
            return
        self.restarts += 1
        self.database.stop()
        self._wait(DATABASE_AWAY_S)
        for name in meanwhile:
            self._restart(name)
        self.database.start()

    def _wait(self, between_s: tuple[float, float]) -> None:
        self.stopping.wait(self._dice.uniform(*between_s))
