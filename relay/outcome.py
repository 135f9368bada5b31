"""What becomes of a job: the function's answer, or why there is none. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, unquote

from invocation import extra_info

if TYPE_CHECKING:
    from invocation.function.answer import FunctionAnswer
    from invocation.jobs.job import Job

LONGEST_RESPONSE: Final = 131_072
"""UTF-16 units that ``Response__c`` holds."""
LONGEST_EXTRA_INFO: Final = 32_768
"""Characters that ``ExtraInfo__c`` holds."""
OBJECT: Final = "AsyncFunctionInvocationRequest__c"

_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_CHARSET: Final = re.compile(r"charset=\"?([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """The end of an invocation, as it is stored until the org has it."""

    status: int
    extra_info: str
    """``X-Extra-Info``, percent-encoded."""
    text: str = field(repr=False)
    """The answer's body."""

    @classmethod
    def of(cls, answer: FunctionAnswer, job: Job) -> Outcome:
        """Return what the function answered."""
        info = answer.extra_info or extra_info.describe(
            request_id=job.id,
            source=job.source,
            status=answer.status,
            is_function_error=answer.status >= 400,
        )
        return cls(status=answer.status, extra_info=info, text=_decode(answer))

    @classmethod
    def failure(cls, status: int, message: str, job: Job) -> Outcome:
        """Return what to tell when there is no answer of the function."""
        info = extra_info.describe(request_id=job.id, source=job.source, status=status)
        return cls(status=status, extra_info=info, text=json.dumps(message))

    def to_bytes(self, job: Job) -> bytes:
        """Return it as JSON, with the name of the job whose end it is."""
        fields = {"status": self.status, "extra_info": self.extra_info, "text": self.text}
        return json.dumps({"job": _name(job)} | fields).encode("ascii")

    @classmethod
    def from_bytes(cls, stored: bytes, job: Job) -> Outcome:
        """Return what `to_bytes` made these of.

        Raises:
            ValueError: it is the end of another job.
        """
        fields = json.loads(stored)
        if fields.pop("job", None) != _name(job):
            raise ValueError("its outcome is another job's")
        return cls(**fields)

    def record_fields(self, namespace: str, *, longest: int = LONGEST_RESPONSE) -> dict[str, Any]:
        """Return the record's fields by API name, cut to what they hold.

        Args:
            namespace: of the object, empty without one.
            longest: UTF-16 units of the response that are kept, the marker included.
        """
        response, was_cut = _cut(_UNSTORABLE.sub("\ufffd", self.text), longest)
        info = _mark_cut(self.extra_info) if was_cut else self.extra_info
        fields = {
            "ExtraInfo__c": info[:LONGEST_EXTRA_INFO],
            "Response__c": response,
            "Status__c": "SUCCESS" if 200 <= self.status < 300 else "ERROR",
            "StatusCode__c": self.status,
        }
        prefix = f"{namespace}__" if namespace else ""
        return {prefix + name: value for name, value in fields.items()}


def _name(job: Job) -> list[object]:
    """What no two jobs share; as JSON has it."""
    return [job.job_id, job.accepted_at_s]


def record_path(job: Job) -> str:
    """Return the path of the record that waits for the outcome."""
    prefix = f"{job.namespace}__" if job.namespace else ""
    return f"/services/data/v{job.api_version}/sobjects/{prefix}{OBJECT}/{job.record_id}"


def _decode(answer: FunctionAnswer) -> str:
    match = _CHARSET.search(answer.content_type or "")
    try:
        return answer.body.decode(match[1] if match else "utf-8", "replace")
    except (LookupError, UnicodeError):  # such as "undefined", which exists to fail
        return answer.body.decode("utf-8", "replace")


def _cut(text: str, longest: int) -> tuple[str, bool]:
    """Return ``text`` in at most ``longest`` UTF-16 units; a note replaces what does not fit."""
    units = text.encode("utf-16-le")
    if len(units) <= 2 * longest:
        return text, False
    note = f"... [cut: {len(units) // 2} characters were answered]"
    kept = units[: 2 * (longest - len(note))].decode("utf-16-le", "ignore")
    return kept + note, True


def _mark_cut(info_text: str) -> str:
    try:
        info = json.loads(unquote(info_text))
        marked = quote(json.dumps(info | {"responseCut": True}, separators=(",", ":")), safe="")
        return marked if len(marked) <= LONGEST_EXTRA_INFO else info_text
    except (ValueError, TypeError, RecursionError):
        return info_text
