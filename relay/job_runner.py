"""The story of one job: invoke the function, then write the outcome to its record."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from invocation.jobs.encryption import UnreadableError
from invocation.logs import get_logger, places
from relay.busy import Busy
from relay.deliverer import Deliverer
from relay.invoker import Invoker
from relay.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Callable

    from invocation.function.client import FunctionClient
    from invocation.org.client import OrgClient
    from invocation.org.tokens import Tokens
    from invocation.settings.config import Config
    from relay.ledger import Ledger

log = get_logger("relay")


class JobRunner:
    """Carries jobs to their end; shared by the relay's threads.

    Each step begins by looking up how far the job has come, so it can be repeated after any crash.
    """

    def __init__(  # noqa: PLR0913 - all that it works with
        self,
        config: Config,
        *,
        ledger: Ledger,
        org: OrgClient,
        function: FunctionClient,
        tokens: Tokens,
        stopping: threading.Event,
        is_alive: Callable[[str | None], bool],
    ) -> None:
        turns = Turns(config, is_alive=is_alive, stopping=stopping)
        self.busy = Busy()
        self._ledger = ledger
        self._invoker = Invoker(
            config, ledger=ledger, function=function, tokens=tokens, turns=turns, busy=self.busy
        )
        self.deliverer = Deliverer(
            config, ledger=ledger, org=org, tokens=tokens, turns=turns, busy=self.busy
        )
        self._hands = threading.Condition()
        self._in_hand: set[str] = set()

    def invoke(self, job_id: str) -> str:
        """Bring a job to its outcome; return its state."""
        return self._invoker.invoke(job_id)

    def deliver(self, job_id: str) -> str:
        """Write a job's outcome to its record; return its state."""
        return self.deliverer.deliver(job_id)

    def guarded(self, job_id: str, work: Callable[[], str]) -> str:
        """Do all of a job's ``work``; whatever goes wrong with it, a person will find the job."""
        self._take_in_hand(job_id)
        try:
            return work()
        except (UnreadableError, ValueError) as error:
            return self._ledger.give_up(job_id, f"can't be read: {error}")
        except Exception as error:  # noqa: BLE001 - the border of a job
            # Its text may hold anything, a token too.
            log.error(  # noqa: TRY400
                "bug",
                **self._ledger.names(job_id),
                job=job_id,
                error=type(error).__name__,
                frames=places(error),
            )
            return self._ledger.give_up(job_id, f"a bug of the relay: {type(error).__name__}")
        finally:
            with self._hands:
                self._in_hand.discard(job_id)
                self._hands.notify_all()

    def _take_in_hand(self, job_id: str) -> None:
        """Wait until no other thread of this process works on a job: two would both deliver it."""
        with self._hands:
            self._hands.wait_for(lambda: job_id not in self._in_hand)
            self._in_hand.add(job_id)
