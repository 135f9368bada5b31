"""Writes a job's outcome to its record: one process at a time, and once where that can be told."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from invocation.errors import (
    ActivationRefused,
    FieldTooLong,
    OrgUnavailable,
    RecordRefused,
    SessionExpired,
    TokenRefused,
)
from invocation.jobs.job import JobState
from invocation.logs import get_logger
from relay.heartbeat import DEAD_AFTER_S
from relay.outcome import LONGEST_RESPONSE, record_path
from relay.policy import Step
from relay.turns import growing_pauses

if TYPE_CHECKING:
    from invocation.jobs.job import Job
    from invocation.org.client import OrgClient
    from invocation.org.identity import TokenKey
    from invocation.org.names import AccessToken
    from invocation.org.tokens import Tokens
    from invocation.settings.config import Config
    from relay.busy import Busy
    from relay.ledger import Entry, Ledger
    from relay.turns import Turns

log = get_logger("relay")

LONGEST_PAUSE_S: Final = 60.0
LONGEST_WRITE_S: Final = DEAD_AFTER_S / 2
"""A process that was frozen before its write sends none after that: another may have taken over."""
SHORTEST_RESPONSE: Final = 1000
"""Characters of an answer that a field must hold at least; a shorter one is given up."""


class Deliverer:
    """Delivers outcomes; shared by the relay's threads."""

    def __init__(
        self,
        config: Config,
        *,
        ledger: Ledger,
        org: OrgClient,
        tokens: Tokens,
        turns: Turns,
        busy: Busy,
    ) -> None:
        self._config = config
        self._ledger = ledger
        self._org = org
        self._tokens = tokens
        self._turns = turns
        self._busy = busy

    def deliver(self, job_id: str) -> str:
        """Write a job's outcome to its record; return ``delivered`` or ``dead``."""
        if entry := self._ledger.load(job_id):
            self._turns.pause(self.due_in_s(entry.job))
        pauses, longest = growing_pauses(LONGEST_PAUSE_S), LONGEST_RESPONSE
        while entry := self._ledger.load(job_id):
            step = self._turns.next_step(entry)
            if step is Step.WAIT:
                self._turns.pause(next(pauses))
                continue
            if step is not Step.DELIVER:
                return entry.state
            try:
                with self._busy:
                    self.write_once(entry, longest)
            except FieldTooLong as error:
                longest //= 2
                if longest <= SHORTEST_RESPONSE:
                    self._ledger.give_up(job_id, str(error))
            except (RecordRefused, TokenRefused, ActivationRefused) as error:
                self._ledger.give_up(job_id, str(error))
            except (OrgUnavailable, SessionExpired) as error:
                if self._turns.is_out_of_time(entry):
                    cause = f" ({error.why})" if error.why else ""
                    self._ledger.give_up(job_id, f"not delivered in time: {error}{cause}")
                else:
                    self._turns.pause(next(pauses))
        return JobState.DELIVERED  # its payload is gone then

    def due_in_s(self, job: Job) -> float:
        """Return the seconds until a record may be written.

        The caller's Apex writes PENDING after the 201 and would overwrite a faster outcome.
        """
        due_s = job.accepted_at_s + self._config.async_delivery_delay_s
        return max(0.0, due_s - time.time())

    def write_once(self, entry: Entry, longest: int = LONGEST_RESPONSE) -> None:
        """Write the outcome, unless the record already holds it or another process is at it.

        Raises:
            ProxyError: no token, or no org, for now or for ever.
            DeliveryError: the record can't be written.
        """
        job, outcome = entry.job, entry.outcome
        assert outcome is not None  # noqa: S101 - there is none only before "answered"
        deadline = time.monotonic() + min(self._config.org_timeout_s, LONGEST_WRITE_S)
        fields = outcome.record_fields(job.namespace, longest=longest)
        for again in (True, False):
            key, token = self._lend_token(job, deadline)
            try:
                if not self._has_arrived(entry, token, fields, deadline):
                    if not self._ledger.start_delivery(job.job_id, entry):
                        return
                    entry = replace(entry, deliveries=entry.deliveries + 1)
                    self._write(job, token, fields, deadline)
                break
            except SessionExpired:
                self._tokens.forget(key, token)
                if not again:
                    raise
        self._ledger.delivered(job)
        why = {"reason": entry.reason} if entry.reason else {}
        log.info("delivered", id=job.id, record=job.record_id, status=outcome.status, **why)

    def _lend_token(self, job: Job, deadline: float) -> tuple[TokenKey, AccessToken]:
        try:
            key = self._tokens.key(job.caller, job.wanted_permission_sets)
            return key, self._tokens.lend(key, api_version=job.api_version, deadline=deadline)
        except ActivationRefused:
            # Unassigned since the 201: the record may still be the user's to write.
            key = self._tokens.key(job.caller, [])
            return key, self._tokens.lend(key, api_version=job.api_version, deadline=deadline)

    def _write(
        self, job: Job, token: AccessToken, fields: dict[str, object], deadline: float
    ) -> None:
        org, path = job.caller.org_url, record_path(job)
        self._org.update_record(org, token, path, fields, deadline=deadline)

    def _has_arrived(
        self, entry: Entry, token: AccessToken, fields: dict[str, object], deadline: float
    ) -> bool:
        """Tell whether an earlier write, which nobody saw end, did. Each starts the callback."""
        if entry.state is not JobState.DELIVERING:
            return False
        job = entry.job
        path = f"{record_path(job)}?fields={','.join(fields)}"
        record = self._org.read_record(job.caller.org_url, token, path, deadline=deadline)
        return all(_same(record.get(name), value) for name, value in fields.items())


def _same(stored: object, sent: object) -> bool:
    """Compare as the org stores: it knows no empty text, and trims."""
    if isinstance(sent, str):
        return (stored if isinstance(stored, str) else "").strip() == sent.strip()
    return stored == sent
