"""When the store dies with the dyno: tell the org how unfinished jobs ended, before it does."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Final

from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_random

from invocation.errors import DeliveryError, OrgUnavailable, ProxyError, SessionExpired
from invocation.jobs.encryption import UnreadableError
from invocation.logs import get_logger
from relay.outcome import Outcome

if TYPE_CHECKING:
    from relay.deliverer import Deliverer
    from relay.ledger import Ledger

log = get_logger("relay")

LIMIT_S: Final = 6.0
LONGEST_DELAY_S: Final = 2.0
TRIED_S: Final = LIMIT_S - LONGEST_DELAY_S
"""How long a record is tried again while the org is not there."""
PAUSES_S: Final = (0.2, 0.5)
AT_ONCE: Final = 16
INTERRUPTED: Final = "interrupted by a restart"


def tell_the_org(deliverer: Deliverer, ledger: Ledger) -> None:
    """Write an ending to every unfinished job's record, so that none stays PENDING for ever."""
    unfinished = ledger.unfinished()
    pool = ThreadPoolExecutor(AT_ONCE)
    calls = [pool.submit(_tell, deliverer, ledger, job_id) for job_id in unfinished]
    done, late = wait(calls, timeout=LIMIT_S)
    errors = [error for call in done if (error := call.exception())]
    causes = Counter(map(_cause, errors)) + Counter({"no time was left": len(late)})
    for cause, records in causes.items():
        log.error("records not told of the stop", cause=cause, records=records)
    not_told = causes.total()
    log.info("interrupted jobs", told=len(unfinished) - not_told, not_told=not_told)


def _tell(deliverer: Deliverer, ledger: Ledger, job_id: str) -> None:
    entry = ledger.load(job_id)
    if entry is None:
        return
    if entry.outcome is None:
        interrupted = Outcome.failure(503, INTERRUPTED, entry.job)
        ledger.answered(entry.job, interrupted, reason=INTERRUPTED)
    time.sleep(min(LONGEST_DELAY_S, deliverer.due_in_s(entry.job)))
    again = Retrying(
        retry=retry_if_exception_type((OrgUnavailable, SessionExpired)),
        stop=stop_after_delay(TRIED_S),
        wait=wait_random(*PAUSES_S),
        reraise=True,
    )
    again(_write, deliverer, ledger, job_id)


def _write(deliverer: Deliverer, ledger: Ledger, job_id: str) -> None:
    # Loaded each time: an earlier try may have arrived.
    if entry := ledger.load(job_id):
        deliverer.write_once(entry)


def _cause(error: BaseException) -> str:
    """Return what the log may say of it: the text of a bug may hold anything, a token too."""
    if isinstance(error, ProxyError) and error.why:
        return f"{error} ({error.why})"
    known = isinstance(error, ProxyError | DeliveryError | UnreadableError)
    return str(error) if known else f"a bug of the relay: {type(error).__name__}"
