"""The requests that the Apex of force-app sends, as the emulator sees them leave."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from apex.emulator.platform.org import IncomingAnswer, Org, OutgoingCall
from localstack.keys import pem, rsa_key
from tests.apex.live_org import LiveOrg, project

FOLDER: Final = Path(__file__).parents[2] / "data" / "wire"
TOKEN: Final = "00Dxx0000006IYJ!AQEAQKcallersown.token_of~the+org/="
NOW: Final = datetime(2026, 3, 23, 15, 18, 53, 429_000, UTC)
FIRST_NUMBER: Final = 1_000_000
ENCODED: Final = ("ce-sffncontext", "ce-sfcontext")
FUNCTION: Final = "sfhxhello.pythonfunction"
REFERENCE: Final = "sfhxhello_pythonfunction"
CERTIFICATE: Final = "Golden"
ENDPOINT: Final = "https://pythonfunction.test"
PAYLOAD: Final = '{"html":"<p>Grüße</p>"}'
WHY: Final = {
    "force_app_sync": "Function.get(name).invoke(payload) of force-app, run by the emulator",
    "force_app_async": "Function.get(name).invoke(payload, callback) of force-app, from its job",
}


@dataclass
class Outside:
    """What a callout meets: the token endpoint, and a proxy that accepts everything."""

    sent: list[OutgoingCall] = field(default_factory=list)

    def __call__(self, call: OutgoingCall) -> IncomingAnswer:
        """Answer a token request with the token, anything else with what the proxy would."""
        if call.url.endswith("/services/oauth2/token"):
            return _answer(200, json.dumps({"access_token": TOKEN}))
        self.sent.append(call)
        return _answer(201, "") if call.url.endswith("/async") else _answer(200, "{}")


def _answer(status: int, text: str) -> IncomingAnswer:
    return IncomingAnswer(status=status, reason="", headers=[], body=text.encode())


def _counted() -> Callable[[int], bytes]:
    """Return a source of bytes that is the same in every run, and never gives any twice."""
    number = 0

    def some(size: int) -> bytes:
        nonlocal number
        number += 1
        return number.to_bytes(size, "big")

    return some


def golden_request(name: str) -> dict[str, Any]:
    """Let Apex invoke a function, and return its request as it is written down."""
    outside = Outside()
    org = Org(
        project().program,
        transport=outside,
        now=lambda: NOW,
        random_bytes=_counted(),
        certificates={CERTIFICATE: pem(rsa_key())},
    )
    apex = LiveOrg(org)
    apex.assign_permission_set("PythonFunction")
    apex.change_metadata(
        "FunctionReference__mdt",
        REFERENCE,
        Certificate__c=CERTIFICATE,
        ConsumerKey__c="3MVG9.golden",
        Endpoint__c=ENDPOINT,
    )
    # Permission sets and references take ids too: one more of them must not change a request.
    org.database.numbers = count(FIRST_NUMBER)
    apex.tell("invokeAsync" if name.endswith("async") else "invokeSync", FUNCTION, PAYLOAD)
    apex.finish_jobs()
    assert apex.failures == []
    (call,) = outside.sent
    return _written(name, call)


def _written(name: str, call: OutgoingCall) -> dict[str, Any]:
    encoded = {header: call.headers[header] for header in ENCODED}
    return {
        "why": WHY[name],
        "path": urlsplit(call.url).path,
        "headers": {key: value for key, value in call.headers.items() if key not in ENCODED},
        **{header: json.loads(base64.b64decode(value)) for header, value in encoded.items()},
        "body": call.body.decode("utf-8"),
        "encoded": encoded,
    }


def as_text(request: dict[str, Any]) -> str:
    """Return a request as its file holds it."""
    return json.dumps(request, indent=2, ensure_ascii=False) + "\n"
