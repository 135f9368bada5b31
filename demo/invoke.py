"""``python -m demo.invoke``: a synchronous and an asynchronous call to what ``make up`` runs."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Final
from urllib.parse import urlsplit

import requests

from demo.choices import PORTS, ChoiceError, load_payload
from demo.waiting import answers
from localstack.apex import identity_of, new_request
from localstack.org_control import OrgControl
from localstack.ports import is_listening
from localstack.seed import ADMIN, PERMISSION_SET
from localstack.waiting import passed

ORG_URL: Final = "http://127.0.0.1:8765"
"""The org as compose.yaml names it to the proxy, whatever port this machine reaches it by."""
LIMIT_S: Final = 30.0
LISTEN_LIMIT_S: Final = 5.0
"""For containers that are just starting."""


class NothingRunsError(Exception):
    """There is nothing to call."""


def main() -> int:
    """Make both calls and print what came of them; 0 when both succeeded."""
    parser = argparse.ArgumentParser(prog="python -m demo.invoke", description=__doc__)
    parser.add_argument("--proxy", default=_url("PORT"), help="default: %(default)s")
    parser.add_argument("--org", default=_url("ORG_PORT"), help="default: %(default)s")
    arguments = parser.parse_args()
    try:
        payload = load_payload(os.environ.get("PAYLOAD", ""))
        return _invoke(arguments.proxy, arguments.org, payload.encode())
    except (ChoiceError, NothingRunsError) as error:
        sys.stderr.write(f"make invoke: {error}\n")
        return 2 if isinstance(error, ChoiceError) else 1
    except requests.RequestException as error:
        sys.stderr.write(f"make invoke: no answer ({type(error).__name__}): is it still running?\n")
        return 1


def _url(name: str) -> str:
    return f"http://127.0.0.1:{os.environ.get(name) or PORTS[name]}"


def _invoke(proxy: str, org: str, payload: bytes) -> int:
    for url in (proxy, org):
        _wait_for_listener(url)
    _wait(f"{proxy}/readyz")
    control = OrgControl(org)
    token = control.sign_in(ADMIN[0])
    record_id = control.new_record()
    answer = _post(f"{proxy}/sync", payload, _headers(token))
    print(f"sync   {answer.status_code} {answer.text}")
    accepted = _post(f"{proxy}/async", payload, _headers(token, record_id))
    print(f"async  {accepted.status_code}")
    if accepted.status_code != 201:
        return 1
    fields = control.outcome(record_id, limit_s=LIMIT_S)
    print(f"record {fields.get('Status__c')} {fields.get('Response__c')}")
    return 0 if answer.status_code == 200 and fields.get("Status__c") == "SUCCESS" else 1


def _wait_for_listener(url: str) -> None:
    place = urlsplit(url)
    port = place.port or 80
    if not passed(lambda: is_listening(port, host=place.hostname or ""), LISTEN_LIMIT_S):
        raise NothingRunsError(
            f"nothing listens at {url}: start it with make up, or with make run in another"
            " terminal (PORT and ORG_PORT name other ports)"
        )


def _wait(url: str) -> None:
    """Wait until it says that calls may be sent; if it never does, the calls will say why."""
    passed(lambda: answers(url), LIMIT_S, look_s=0.2)


def _headers(token: str, record_id: str | None = None) -> dict[str, str]:
    identity = identity_of(ADMIN, token=token, org_url=os.environ.get("ORG_URL") or ORG_URL)
    return new_request(identity, permission_sets=[PERMISSION_SET], record_id=record_id).headers


def _post(url: str, body: bytes, headers: dict[str, str]) -> requests.Response:
    return requests.post(url, data=body, headers=headers, timeout=LIMIT_S)


if __name__ == "__main__":
    sys.exit(main())
