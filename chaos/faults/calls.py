"""One call: what is sent, and what its answer must prove."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import uuid4

from chaos.faults.connection import Answer
from localstack.apex import Identity, apex_request

REFUSED: Final = "refused"
"""Nobody took the connection."""
UNANSWERED: Final = "closed before an answer"
CUT: Final = "closed within an answer"
LATE: Final = "no answer in time"
MIXED_UP: Final = "wrong 200"
"""It does not prove to be the answer to this call."""
FULL: Final = "Too many invocations at once"


@dataclass(kw_only=True, slots=True)
class Call:
    """One call and what became of it. Times are monotonic seconds."""

    id: str = field(default_factory=lambda: f"00Dxx0000006IYJEA2-{uuid4().hex}-MyFunction")
    """``ce-id``."""
    record_id: str | None = None
    """Of an asynchronous one: where its outcome goes."""
    seconds: float = 0.0
    """How long the function is to take."""
    leak_bytes: int = 0
    """How much memory it is to keep."""
    padding_bytes: int = 0
    """By which its payload is larger."""
    secret: str = field(default_factory=lambda: uuid4().hex)
    began_s: float = 0.0
    """When its connection was asked for."""
    sent_s: float = 0.0
    """When the request was written, or was to be."""
    ended_s: float = 0.0
    port: int = 0
    """Ours, of the connection that it went by."""
    outcome: str = ""
    """The status, or one of the names above; empty until it has ended."""
    text: str = ""
    """The beginning of an answer that is not a good one."""
    retry_after: bool = False
    function_pid: int = 0
    """Who answered."""

    @property
    def took_s(self) -> float:
        """From its beginning to its end."""
        return self.ended_s - self.began_s

    @property
    def proof(self) -> str:
        """What only the answer to this call holds."""
        return hashlib.sha256(f"{self.id} {self.secret}".encode()).hexdigest()

    @property
    def is_good(self) -> bool:
        """Whether it ended as if nothing had happened."""
        return self.outcome == ("201" if self.record_id else "200")

    @property
    def is_turned_away(self) -> bool:
        """Whether it found every place taken."""
        return self.outcome == "503" and self.retry_after and FULL in self.text

    def was_under_way(self, from_s: float, to_s: float) -> bool:
        """Tell whether it was, at some moment between these two."""
        return self.sent_s <= to_s and self.ended_s >= from_s

    def request(self, identity: Identity, *, keep: bool) -> bytes:
        """Return the whole request.

        Args:
            identity: who calls.
            keep: whether the connection is to stay open.
        """
        wish = {"secret": self.secret, "seconds": self.seconds, "leak_bytes": self.leak_bytes}
        wish |= {"padding": "x" * self.padding_bytes}
        body = json.dumps(wish).encode()
        apex = apex_request(
            identity,
            asynchronous=self.record_id is not None,
            headers={"ce-id": self.id},
            function_context={"functionInvocationId": self.record_id} if self.record_id else None,
        )
        return replace(apex, body=body).as_bytes(keep=keep)

    def take(self, answer: Answer) -> None:
        """Take note of its answer."""
        self.outcome = answer.status
        self.retry_after = "retry-after" in answer.headers
        if self.outcome == "200" and not self.proves(answer.body):
            self.outcome = MIXED_UP
        if self.outcome == "200":
            self.function_pid = json.loads(answer.body)["pid"]
        elif not self.is_good:
            self.text = answer.body[:300]

    def proves(self, answer: str) -> bool:
        """Tell whether an answer of the function is the one to this call."""
        try:
            return bool(json.loads(answer)["proof"] == self.proof)
        except (ValueError, KeyError, TypeError):
            return False


def told(calls: Iterable[Call]) -> list[str]:
    """Return what went wrong with these, the same only once, with its count."""
    counted = Counter(f"{call.outcome} {_message(call)}".strip() for call in calls)
    return [f"{count} times: {what}" for what, count in counted.most_common()]


def _message(call: Call) -> str:
    try:
        message: str = json.loads(call.text)["message"]
    except (ValueError, KeyError, TypeError):
        return call.text
    return message.partition("] ")[2] or message
