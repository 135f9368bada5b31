"""Apex, many times: sends asynchronous invocations until each is accepted."""

import dataclasses
import hashlib
import random
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Final
from uuid import uuid4

import urllib3

from localstack.apex import ApexRequest, Identity, apex_request
from orgsim import SimulatedOrg

LONGEST_PAYLOAD: Final = 4000
ANSWER_LIMIT_S: Final = 15.0
PAUSE_S: Final = 0.25
MOST_TRIES: Final = 60
"""A caller gives up then; only a job whose 201 arrived counts as accepted."""
PERMISSION_SETS: Final = ((), ("PermissionSetA",), ("PermissionSetA", "PermissionSetB"))


@dataclass(kw_only=True)
class Invocation:
    """One asynchronous invocation, and what its caller knows."""

    id: str
    """``ce-id``."""
    record_id: str
    payload_sha256: str
    accepted: bool = False
    """A 201 arrived."""


@dataclass(kw_only=True)
class Callers:
    """What all callers have in common. Safe to share between threads."""

    org: SimulatedOrg
    url: str
    identity: Identity
    wanted: int
    """So many are to be accepted."""
    invocations: list[Invocation] = field(default_factory=list)
    sent_again: Counter[str] = field(default_factory=Counter)
    """Why a request was sent again: the status, or ``no answer``."""
    strange: list[str] = field(default_factory=list)
    """Answers that no caller should see."""
    room: threading.Event = field(default_factory=threading.Event)
    """Set while more may be sent."""
    stopping: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _left: int = field(init=False)

    def __post_init__(self) -> None:
        self._left = self.wanted

    def call(self, seed: str) -> None:
        """Be one caller, until enough are accepted."""
        dice = random.Random(seed)  # noqa: S311 - the same payloads in every run
        with urllib3.PoolManager(maxsize=1) as http:
            while self._take_turn():
                invocation, request = self._new(dice)
                invocation.accepted = self._send(http, request)
                if not invocation.accepted:
                    with self._lock:
                        self._left += 1

    def _take_turn(self) -> bool:
        while not self.room.wait(PAUSE_S):
            if self.stopping.is_set():
                return False
        with self._lock:
            self._left -= 1
            return self._left >= 0 and not self.stopping.is_set()

    def _new(self, dice: random.Random) -> tuple[Invocation, ApexRequest]:
        payload = dice.randbytes(dice.randint(0, LONGEST_PAYLOAD))
        invocation = Invocation(
            id=f"{self.identity.org_id}-{uuid4().hex}-MyFunction",
            record_id=self.org.create_record().id,
            payload_sha256=hashlib.sha256(payload).hexdigest(),
        )
        request = apex_request(
            self.identity,
            asynchronous=True,
            permission_sets=dice.choice(PERMISSION_SETS),
            headers={"ce-id": invocation.id},
            function_context={"functionInvocationId": invocation.record_id},
        )
        with self._lock:
            self.invocations.append(invocation)
        return invocation, dataclasses.replace(request, body=payload)

    def _send(self, http: urllib3.PoolManager, request: ApexRequest) -> bool:
        """Send it, again after a 503 or a broken connection; tell whether it was accepted."""
        for _ in range(MOST_TRIES):
            try:
                answer = http.request(
                    "POST",
                    self.url + request.path,
                    headers=request.headers,
                    body=request.body,
                    retries=False,
                    timeout=ANSWER_LIMIT_S,
                )
            except urllib3.exceptions.HTTPError:
                why = "no answer"
            else:
                if answer.status == 201:
                    return True
                why = str(answer.status)
                if answer.status != 503:
                    self.strange.append(f"{answer.status} {answer.data[:200]!r}")
            with self._lock:
                self.sent_again[why] += 1
            if self.stopping.wait(PAUSE_S):
                break
        return False
