"""Callouts for real: HTTP to wherever a test's servers listen."""

from __future__ import annotations

import http
from typing import TYPE_CHECKING

import urllib3

from apex.emulator.platform.org import CalloutFailed, IncomingAnswer

if TYPE_CHECKING:
    from collections.abc import Callable

    from apex.emulator.platform.org import OutgoingCall

_LARGEST_ANSWER = 12_000_000


def http_transport() -> Callable[[OutgoingCall], IncomingAnswer]:
    """Return a transport that connects anew for each callout, as Apex does.

    It follows no redirect, repeats nothing, and keeps header names in the case they came in.
    """
    pool = urllib3.PoolManager(maxsize=1, retries=False)

    def send(call: OutgoingCall) -> IncomingAnswer:
        headers = {"User-Agent": "SFDC-Callout/65.0", **call.headers, "Connection": "close"}
        try:
            answer = pool.request(
                call.method,
                call.url,
                body=call.body,
                headers=headers,
                redirect=False,
                preload_content=False,
                timeout=urllib3.Timeout(total=call.timeout_ms / 1000),
            )
            body = answer.read(_LARGEST_ANSWER + 1, decode_content=True)
        except urllib3.exceptions.NewConnectionError as error:
            raise CalloutFailed("Connection refused") from error
        except urllib3.exceptions.TimeoutError as error:
            raise CalloutFailed("Read timed out") from error
        except urllib3.exceptions.HTTPError as error:
            raise CalloutFailed(_told(error)) from error
        reason = answer.reason or http.HTTPStatus(answer.status).phrase
        return IncomingAnswer(
            status=answer.status, reason=reason, headers=list(answer.headers.items()), body=body
        )

    return send


def _told(error: Exception) -> str:
    """Return what Apex is told, without addresses."""
    if isinstance(error, urllib3.exceptions.ProtocolError):
        return "Unexpected end of file from server"
    return type(error).__name__
