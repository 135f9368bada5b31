"""Calls the function for a job, once unless more was asked for, and keeps what came of it."""

from __future__ import annotations

import time
from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING, Final

from invocation.errors import (
    ActivationRefused,
    AnswerTooLarge,
    FunctionBroke,
    FunctionTimedOut,
    FunctionUnavailable,
    OrgUnavailable,
    TokenRefused,
)
from invocation.function.concealment import without_token
from invocation.function.headers import function_headers
from invocation.logs import get_logger
from relay.fair_places import FairPlaces
from relay.outcome import Outcome
from relay.policy import GiveUp, Step
from relay.turns import growing_pauses

if TYPE_CHECKING:
    from invocation.function.client import FunctionClient
    from invocation.jobs.job import Job
    from invocation.org.identity import TokenKey
    from invocation.org.names import AccessToken
    from invocation.org.tokens import Tokens
    from invocation.settings.config import Config
    from relay.busy import Busy
    from relay.ledger import Entry, Ledger
    from relay.turns import Turns

log = get_logger("relay")

LONGEST_ORG_PAUSE_S: Final = 60.0
LONGEST_FUNCTION_PAUSE_S: Final = 3.0
"""A function that starts is back in seconds, and asking it costs nothing."""
_INTERRUPTED: Final = "The function was interrupted; it may have run, and was not run again"
_NOT_CALLED: Final = "The function could not be called in time"


class Missing(Enum):
    """Who was not there, so that the function was not called."""

    ORG = "org"
    FUNCTION = "function"


class Invoker:
    """Brings jobs to their outcome; shared by the relay's threads."""

    def __init__(
        self,
        config: Config,
        *,
        ledger: Ledger,
        function: FunctionClient,
        tokens: Tokens,
        turns: Turns,
        busy: Busy,
    ) -> None:
        self._config = config
        self._ledger = ledger
        self._function = function
        self._tokens = tokens
        self._turns = turns
        self._busy = busy
        self._places = FairPlaces(config.async_concurrency)

    def invoke(self, job_id: str) -> str:
        """Bring a job to its outcome; return its state."""
        pauses = {
            Missing.FUNCTION: growing_pauses(LONGEST_FUNCTION_PAUSE_S),
            Missing.ORG: growing_pauses(LONGEST_ORG_PAUSE_S),
        }
        while entry := self._ledger.load(job_id):
            match self._turns.next_step(entry):
                case Step.INVOKE:
                    missing = self._attempt(entry)
                    if missing and self._turns.is_out_of_time(entry):
                        self._fail(entry.job, 503, _NOT_CALLED)
                    elif missing:
                        self._turns.pause(next(pauses[missing]))
                case Step.WAIT:
                    self._turns.pause(next(pauses[Missing.FUNCTION]))
                case Step.INTERRUPTED:
                    self._after_break(entry, _INTERRUPTED)
                case GiveUp(reason):
                    return self._ledger.give_up(job_id, reason)
                case _:
                    return entry.state
        return "gone"

    def _attempt(self, entry: Entry) -> Missing | None:
        """Call the function once; return who was missing."""
        user = (entry.job.caller.org_id, entry.job.caller.user_id)
        with self._places.place(user), self._busy:
            if self._turns.is_stopping():
                return Missing.FUNCTION
            job = entry.job
            deadline = time.monotonic() + self._config.org_timeout_s
            key = self._tokens.key(job.caller, job.wanted_permission_sets)
            try:
                token = self._tokens.lend(key, api_version=job.api_version, deadline=deadline)
            except OrgUnavailable:
                return Missing.ORG
            except (TokenRefused, ActivationRefused) as error:
                self._fail(job, 403, str(error))
                return None
            if not self._ledger.start_invocation(job.job_id):
                return None
            return self._call(entry, key, token)

    def _call(self, entry: Entry, key: TokenKey, token: AccessToken) -> Missing | None:
        job = entry.job
        headers = function_headers(job, caller=job.caller, access_token=token)
        if self._config.async_invoke_attempts > 1:
            headers.append(("x-attempt", str(entry.attempts + 1)))
        deadline = time.monotonic() + self._config.async_function_timeout_s
        try:
            answer = self._function.invoke(headers, job.body, deadline=deadline)
        except FunctionUnavailable:
            self._ledger.never_started(job.job_id)
            return Missing.FUNCTION
        except FunctionBroke as error:
            self._after_break(replace(entry, attempts=entry.attempts + 1), str(error))
            return None
        except (FunctionTimedOut, AnswerTooLarge) as error:
            self._fail(job, 500, str(error))
            return None
        if answer.tells_of_a_dead_session:
            self._tokens.forget(key, token)
        self._ledger.answered(job, Outcome.of(without_token(answer, token), job))
        log.info("invoked", id=job.id, function=job.function_name, status=answer.status)
        return None

    def _after_break(self, entry: Entry, message: str) -> None:
        """A started function gave no answer: again only if the operator asked for that."""
        if entry.attempts < self._config.async_invoke_attempts:
            self._ledger.start_again(entry.job.job_id)
        else:
            self._fail(entry.job, 503, message)

    def _fail(self, job: Job, status: int, reason: str) -> None:
        """Keep why there is no answer of the function: for the record, the log and the person."""
        self._ledger.answered(job, Outcome.failure(status, reason, job), reason=reason)
