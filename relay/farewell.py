"""When the store dies with the dyno: tell the org how unfinished jobs ended, before it does."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Final

import structlog

from relay.outcome import Outcome

if TYPE_CHECKING:
    from relay.deliverer import Deliverer
    from relay.ledger import Ledger

log = structlog.get_logger("relay")

LIMIT_S: Final = 6.0
LONGEST_DELAY_S: Final = 2.0
AT_ONCE: Final = 16


def tell_the_org(deliverer: Deliverer, ledger: Ledger) -> None:
    """Write an ending to every unfinished job's record, so that none stays PENDING for ever."""
    unfinished = ledger.unfinished()
    pool = ThreadPoolExecutor(AT_ONCE)
    calls = [pool.submit(_tell, deliverer, ledger, job_id) for job_id in unfinished]
    done, _ = wait(calls, timeout=LIMIT_S)
    told = sum(call.exception() is None for call in done)
    log.info("interrupted jobs", told=told, not_told=len(unfinished) - told)


def _tell(deliverer: Deliverer, ledger: Ledger, job_id: str) -> None:
    entry = ledger.load(job_id)
    if entry is None:
        return
    if entry.outcome is None:
        reason = "interrupted by a restart"
        ledger.answered(entry.job, Outcome.failure(503, reason, entry.job), reason=reason)
        entry = ledger.load(job_id)
    if entry is None:
        return
    time.sleep(min(LONGEST_DELAY_S, deliverer.due_in_s(entry.job)))
    deliverer.write_once(entry)
