"""``python -m demo.invoke``: a synchronous and an asynchronous call to what ``make up`` runs."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import time
from typing import Any, Final

import requests

from demo.apex import request_headers
from demo.stack import ADMIN, PERMISSION_SET

PAYLOAD: Final = {"name": "Ada", "company": "Acme"}
ORG_URL: Final = "http://127.0.0.1:8765"
"""The org as compose.yaml names it to the proxy, whatever port this machine reaches it by."""
LIMIT_S: Final = 30.0


def main() -> int:
    """Make both calls and print what came of them; 0 when both succeeded."""
    parser = argparse.ArgumentParser(prog="python -m demo.invoke", description=__doc__)
    parser.add_argument("--proxy", default="http://127.0.0.1:3000", help="default: %(default)s")
    parser.add_argument("--org", default=ORG_URL, help="default: %(default)s")
    arguments = parser.parse_args()
    try:
        return _invoke(arguments.proxy, arguments.org)
    except requests.RequestException as error:
        sys.stderr.write(f"no answer ({type(error).__name__}): start everything with make up\n")
        return 1


def _invoke(proxy: str, org: str) -> int:
    _wait(f"{proxy}/readyz")
    token = _post(f"{org}/_orgsim/tokens", {"username": ADMIN[0]}).json()["access_token"]
    record_id = _post(f"{org}/_orgsim/records", {}).json()["id"]

    answer = _post(f"{proxy}/sync", PAYLOAD, _headers(token))
    print(f"sync   {answer.status_code} {answer.text}")
    accepted = _post(f"{proxy}/async", PAYLOAD, _headers(token, record_id))
    print(f"async  {accepted.status_code}")
    if accepted.status_code != 201:
        return 1
    fields = _outcome(f"{org}/_orgsim/records/{record_id}")
    print(f"record {fields.get('Status__c')} {fields.get('Response__c')}")
    return 0 if answer.status_code == 200 and fields.get("Status__c") == "SUCCESS" else 1


def _wait(url: str) -> None:
    """Wait until it says that calls may be sent; in vain, the calls will tell why."""
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        with contextlib.suppress(requests.RequestException):
            if requests.get(url, timeout=2).ok:
                return
        time.sleep(0.2)


def _headers(token: str, record_id: str | None = None) -> dict[str, str]:
    return request_headers(
        token=token,
        username=ADMIN[0],
        user_id=ADMIN[1],
        org_url=ORG_URL,
        permission_sets=[PERMISSION_SET],
        record_id=record_id,
    )


def _post(
    url: str, body: dict[str, Any], headers: dict[str, str] | None = None
) -> requests.Response:
    return requests.post(url, data=json.dumps(body), headers=headers, timeout=LIMIT_S)


def _outcome(url: str) -> dict[str, Any]:
    """Return the record's fields once it is no longer PENDING, or as they are in the end."""
    deadline = time.monotonic() + LIMIT_S
    while True:
        fields: dict[str, Any] = requests.get(url, timeout=LIMIT_S).json()["fields"]
        if fields.get("Status__c") != "PENDING" or time.monotonic() > deadline:
            return fields
        time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(main())
