"""Programs that are killed, all in the same instant, and started again."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from localstack.programs import Program
from localstack.waiting import wait_until

START_LIMIT_S: Final = 60.0


@dataclass(kw_only=True)
class Victim:
    """A program that is killed again and again."""

    program: Program
    fell_over: int = 0
    """How often it ended without having been killed."""

    def start(self) -> None:
        """Start it; it is not waited for."""
        self.program.start(wait=False)

    def is_ready(self) -> bool:
        """Tell whether it has started; one that fell over is started again, as in a dyno."""
        if self._fell_over():
            self.program.kill()
            self.start()
        return self.program.says(self.program.ready)

    def send_kill(self) -> None:
        """Kill it, if it runs, without waiting for its end."""
        self._fell_over()
        self.program.send_kill()

    def _fell_over(self) -> bool:
        fell_over = self.program.process is not None and not self.program.runs()
        self.fell_over += fell_over
        return fell_over


def kill(victims: Iterable[Victim]) -> None:
    """Kill them all in the same instant."""
    victims = list(victims)
    for victim in victims:
        victim.send_kill()
    for victim in victims:
        victim.program.kill()


def settle(victims: Iterable[Victim]) -> None:
    """Wait until all of them have started."""
    victims = list(victims)
    wait_until(
        lambda: all([victim.is_ready() for victim in victims]),  # noqa: C419 - looks at each
        f"the start of everything ({victims[0].program.log_path.parent})",
        limit_s=START_LIMIT_S,
    )
