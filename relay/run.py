"""The story of one job: invoke the function, then write the outcome to its record."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import structlog

from proxy.at_rest import UnreadableError
from proxy.concealment import without_token
from proxy.errors import (
    ActivationRefused,
    AnswerTooLarge,
    FieldTooLong,
    FunctionBroke,
    FunctionTimedOut,
    FunctionUnavailable,
    OrgUnavailable,
    RecordRefused,
    SessionExpired,
    TokenRefused,
)
from proxy.forward import function_headers
from proxy.logs import places
from proxy.salesforce_names import PermissionSet
from relay.busy import Busy
from relay.fair_places import FairPlaces
from relay.heart import DEAD_AFTER_S
from relay.outcome import LONGEST_RESPONSE, Outcome, record_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from proxy.config import Config
    from proxy.function_client import FunctionClient
    from proxy.identity import TokenKey
    from proxy.jobs import Job
    from proxy.org import OrgClient
    from proxy.salesforce_names import AccessToken
    from proxy.tokens import Tokens
    from relay.ledger import Entry, Ledger

log = structlog.get_logger("relay")

FIRST_PAUSE_S: Final = 0.5
LONGEST_FUNCTION_PAUSE_S: Final = 3.0
"""A function that starts is back in seconds, and asking it costs nothing."""
LONGEST_ORG_PAUSE_S: Final = 60.0
LONGEST_WRITE_S: Final = DEAD_AFTER_S / 2
"""A process that was frozen before its write sends none after that: another may have taken over."""
_INTERRUPTED: Final = "The function was interrupted; it may have run, and was not run again"


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
        self._config = config
        self._ledger = ledger
        self._org = org
        self._function = function
        self._tokens = tokens
        self._stopping = stopping
        self._is_alive = is_alive
        self._places = FairPlaces(config.async_concurrency)
        self._hands = threading.Condition()
        self._in_hand: set[str] = set()
        self.busy = Busy()

    def guarded(self, job_id: str, work: Callable[[], str]) -> str:
        """Do all of a job's ``work``; whatever goes wrong with it, a person will find the job."""
        self._take_in_hand(job_id)
        try:
            return work()
        except (UnreadableError, ValueError) as error:
            return self._give_up(job_id, f"can't be read: {error}")
        except Exception as error:  # noqa: BLE001 - the border of a job
            # Its text may hold anything, a token too.
            log.error(  # noqa: TRY400
                "bug",
                **self._ledger.names(job_id),
                job=job_id,
                error=type(error).__name__,
                frames=places(error),
            )
            return self._give_up(job_id, f"a bug of the relay: {type(error).__name__}")
        finally:
            with self._hands:
                self._in_hand.discard(job_id)
                self._hands.notify_all()

    def _take_in_hand(self, job_id: str) -> None:
        """Wait until no other thread of this process works on a job: two would both deliver it."""
        with self._hands:
            self._hands.wait_for(lambda: job_id not in self._in_hand)
            self._in_hand.add(job_id)

    def invoke(self, job_id: str) -> str:
        """Bring a job to its outcome; return its state."""
        pauses = {
            "function": _pauses(LONGEST_FUNCTION_PAUSE_S),
            "org": _pauses(LONGEST_ORG_PAUSE_S),
        }
        while (entry := self._ledger.load(job_id)) and entry.state in {"accepted", "invoking"}:
            if entry.state == "invoking" and self._is_alive(entry.runner):
                # A process that is about to end still runs it.
                self._pause(next(pauses["function"]))
            elif entry.state == "invoking":
                # An earlier run of this step ended without a word: the function may have run.
                self._after_break(entry, job_id, _INTERRUPTED)
            elif self._is_a_relic(entry.job):
                return self._give_up(job_id, "it is older than anything that is kept")
            elif not (missing := self._attempt(entry, job_id)):
                continue
            elif self._out_of_time(entry.job):
                self._fail(entry.job, 503, "The function could not be called in time")
            else:
                self._pause(next(pauses[missing]))
        return entry.state if entry else "gone"

    def deliver(self, job_id: str) -> str:
        """Write a job's outcome to its record; return ``delivered`` or ``dead``."""
        if entry := self._ledger.load(job_id):
            self._pause(self.due_in_s(entry.job))
        pauses, longest = _pauses(LONGEST_ORG_PAUSE_S), LONGEST_RESPONSE
        while (entry := self._ledger.load(job_id)) and entry.state in {"answered", "delivering"}:
            if entry.state == "delivering" and self._is_alive(entry.runner):
                # Another process writes the record, and may have got an answer by now.
                self._pause(next(pauses))
                continue
            try:
                with self.busy:
                    self.write_once(entry, job_id, longest)
                continue
            except FieldTooLong as error:
                longest //= 2
                if longest > 1000:
                    continue
                self._give_up(job_id, str(error))
            except (RecordRefused, TokenRefused, ActivationRefused) as error:
                self._give_up(job_id, str(error))
            except (OrgUnavailable, SessionExpired) as error:
                if self._out_of_time(entry.job):
                    cause = f" ({error.why})" if error.why else ""
                    self._give_up(job_id, f"not delivered in time: {error}{cause}")
                else:
                    self._pause(next(pauses))
        return entry.state if entry else "delivered"  # its payload is gone then

    def due_in_s(self, job: Job) -> float:
        """Return the seconds until a record may be written.

        The caller's Apex writes PENDING after the 201 and would overwrite a faster outcome.
        """
        due_s = job.accepted_at_s + self._config.async_delivery_delay_s
        return max(0.0, due_s - time.time())

    def write_once(self, entry: Entry, job_id: str, longest: int = LONGEST_RESPONSE) -> None:
        """Write the outcome, unless the record already holds it or another process is at it.

        Raises:
            ProxyError: no token, or no org, for now or for ever.
            DeliveryError: the record can't be written.
        """
        job, outcome = entry.job, entry.outcome
        assert outcome is not None  # noqa: S101 - there is none only before "answered"
        deadline = time.monotonic() + min(self._config.org_timeout_s, LONGEST_WRITE_S)
        key = self._token_key(job)
        fields = outcome.record_fields(job.namespace, longest=longest)
        for again in (True, False):
            try:
                token = self._tokens.lend(key, api_version=job.api_version, deadline=deadline)
            except ActivationRefused:
                # Unassigned since the 201: the record may still be the user's to write.
                key = self._tokens.key(job.caller, [])
                token = self._tokens.lend(key, api_version=job.api_version, deadline=deadline)
            try:
                # "delivering": an earlier write may have arrived. Each write starts the callback.
                if entry.state == "delivering" and self._holds(job, token, fields, deadline):
                    break
                if not self._ledger.start_delivery(job_id, entry):
                    return
                entry = replace(entry, deliveries=entry.deliveries + 1)
                path = record_path(job)
                self._org.update_record(job.caller.org_url, token, path, fields, deadline=deadline)
                break
            except SessionExpired:
                self._tokens.forget(key, token)
                if not again:
                    raise
        self._ledger.delivered(job)
        why = {"reason": entry.reason} if entry.reason else {}
        log.info("delivered", id=job.id, record=job.record_id, status=outcome.status, **why)

    def _attempt(self, entry: Entry, job_id: str) -> str:
        """Call the function once; return who was missing, ``org`` or ``function``, or nothing."""
        user = (entry.job.caller.org_id, entry.job.caller.user_id)
        with self._places.place(user), self.busy:
            if self._stopping.is_set():
                return "function"
            job = entry.job
            deadline = time.monotonic() + self._config.org_timeout_s
            key = self._token_key(job)
            try:
                token = self._tokens.lend(key, api_version=job.api_version, deadline=deadline)
            except OrgUnavailable:
                return "org"
            except (TokenRefused, ActivationRefused) as error:
                self._fail(job, 403, str(error))
                return ""
            if not self._ledger.start_invocation(job_id):
                return ""
            return self._call(entry, job_id, key, token)

    def _call(self, entry: Entry, job_id: str, key: TokenKey, token: AccessToken) -> str:
        job = entry.job
        headers = function_headers(job, caller=job.caller, access_token=token)
        if self._config.async_invoke_attempts > 1:
            headers.append(("x-attempt", str(entry.attempts + 1)))
        deadline = time.monotonic() + self._config.async_function_timeout_s
        try:
            answer = self._function.invoke(headers, job.body, deadline=deadline)
        except FunctionUnavailable:
            self._ledger.never_started(job_id)
            return "function"
        except FunctionBroke as error:
            self._after_break(replace(entry, attempts=entry.attempts + 1), job_id, str(error))
            return ""
        except (FunctionTimedOut, AnswerTooLarge) as error:
            self._fail(job, 500, str(error))
            return ""
        if answer.tells_of_a_dead_session:
            self._tokens.forget(key, token)
        self._ledger.answered(job, Outcome.of(without_token(answer, token), job))
        log.info("invoked", id=job.id, function=job.function_name, status=answer.status)
        return ""

    def _after_break(self, entry: Entry, job_id: str, message: str) -> None:
        """A started function gave no answer: again only if the operator asked for that."""
        if entry.attempts < self._config.async_invoke_attempts:
            self._ledger.start_again(job_id)
        else:
            self._fail(entry.job, 503, message)

    def _fail(self, job: Job, status: int, reason: str) -> None:
        """Keep why there is no answer of the function: for the record, the log and the person."""
        self._ledger.answered(job, Outcome.failure(status, reason, job), reason=reason)

    def _holds(
        self, job: Job, token: AccessToken, fields: dict[str, object], deadline: float
    ) -> bool:
        path = f"{record_path(job)}?fields={','.join(fields)}"
        record = self._org.read_record(job.caller.org_url, token, path, deadline=deadline)
        return all(_same(record.get(name), value) for name, value in fields.items())

    def _token_key(self, job: Job) -> TokenKey:
        wanted = [PermissionSet.parse(name) for name in job.permission_sets]
        return self._tokens.key(job.caller, wanted)

    def _is_a_relic(self, job: Job) -> bool:
        """Tell whether no honest store still has it: somebody may have put an old row back."""
        kept_s = self._config.async_delivery_hours * 3600 + self._config.async_keep_days * 86_400
        return time.time() > job.accepted_at_s + kept_s

    def _out_of_time(self, job: Job) -> bool:
        return time.time() > job.accepted_at_s + self._config.async_delivery_hours * 3600

    def _give_up(self, job_id: str, reason: str) -> str:
        self._ledger.dead(job_id, reason)
        log.error("dead letter", **self._ledger.names(job_id), job=job_id, reason=reason)
        return "dead"

    def _pause(self, seconds: float) -> None:
        """Wait; when the relay stops, wait for the process's end: the next one takes over."""
        if self._stopping.wait(seconds) or self._stopping.is_set():
            threading.Event().wait()


def _pauses(longest_s: float) -> Iterator[float]:
    """Yield growing pauses in seconds, with jitter so that many do not come back together."""
    pause_s = FIRST_PAUSE_S
    while True:
        yield pause_s * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
        pause_s = min(pause_s * 2, longest_s)


def _same(stored: object, sent: object) -> bool:
    """Compare as the org stores: it knows no empty text, and trims."""
    if isinstance(sent, str):
        return (stored if isinstance(stored, str) else "").strip() == sent.strip()
    return stored == sent
