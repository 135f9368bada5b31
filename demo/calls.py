"""Makes the calls of the story, as Apex would, and counts what they cost the org."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

import requests

from localstack.apex import identity_of, new_request
from localstack.org_control import OrgControl
from localstack.seed import PERMISSION_SET

if TYPE_CHECKING:
    from collections.abc import Mapping

    from demo.stack import Stack

OF_THE_PROXY: Final = frozenset({"userinfo", "token", "activate"})
"""The org's endpoints that the proxy uses for a call; the others are for the function."""
CALL_LIMIT_S: Final = 130
"""Longer than the proxy waits for a function."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One call that was made."""

    status: int
    """0: there was no answer."""
    answer: str
    """The body."""
    stack: str
    """Where the function failed, if it did."""
    took_ms: float
    org_calls: dict[str, int]
    """Requests that the org received meanwhile from the proxy, by endpoint."""
    function_calls: dict[str, int]
    """Those it received from the function."""


class Apex:
    """A user's session in the org, from which functions are called.

    Args:
        stack: what is called.
        payload: what is sent: JSON.
        user: the name and id of whom the context names.
        signed_in: whose session it really is; None: the same user's.
    """

    def __init__(
        self, stack: Stack, payload: str, user: tuple[str, str], *, signed_in: str | None = None
    ) -> None:
        self._stack = stack
        self._payload = payload.encode()
        self._org = OrgControl(stack.org_url)
        token = self._org.sign_in(signed_in or user[0])
        self._identity = identity_of(user, token=token, org_url=stack.org_url)

    def headers(self, record_id: str | None = None) -> dict[str, str]:
        """Return those of a call; of an asynchronous one when there is a record for its outcome."""
        request = new_request(self._identity, permission_sets=[PERMISSION_SET], record_id=record_id)
        return request.headers

    def call(self) -> Call:
        """Make a synchronous call."""
        before = self._org.requests()
        started = time.perf_counter()
        status, answer, extra = self._post("sync", self.headers())
        took_ms = (time.perf_counter() - started) * 1000
        after = self._org.requests()
        spent = {name: count - before.get(name, 0) for name, count in after.items()}
        spent = {name: count for name, count in spent.items() if count > 0}
        return Call(
            status=status,
            answer=answer,
            stack=_stack_in(extra),
            took_ms=took_ms,
            org_calls={name: n for name, n in spent.items() if name in OF_THE_PROXY},
            function_calls={name: n for name, n in spent.items() if name not in OF_THE_PROXY},
        )

    def call_asynchronously(self) -> tuple[int, str]:
        """Invoke with a callback; return the status and the id of the record that waits for it."""
        record_id = self._org.new_record()
        status, _, _ = self._post("async", self.headers(record_id))
        return status, record_id

    def finished_record(self, record_id: str) -> dict[str, Any]:
        """Return the fields of a record once it is no longer PENDING, or as they are in the end."""
        return self._org.outcome(record_id, limit_s=CALL_LIMIT_S)

    def _post(self, path: str, headers: Mapping[str, str]) -> tuple[int, str, str]:
        with requests.Session() as session:
            session.trust_env = False
            try:
                response = session.post(
                    f"{self._stack.proxy_url}/{path}",
                    data=self._payload,
                    headers=dict(headers),
                    timeout=CALL_LIMIT_S,
                )
            except requests.RequestException as error:
                return 0, f"no answer ({type(error).__name__})", ""
            response.encoding = response.encoding or "utf-8"
            return response.status_code, response.text, response.headers.get("x-extra-info", "")


def _stack_in(extra_info: str) -> str:
    try:
        info = json.loads(unquote(extra_info))
    except ValueError:
        return ""
    return str(info.get("stack") or "") if isinstance(info, dict) else ""
