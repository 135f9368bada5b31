"""What an org answers, and asking one that answers so."""

import json

from invocation.org.caller import Caller
from invocation.org.client import OrgClient
from invocation.org.names import AccessToken, OrgUrl, PermissionSet
from tests.unit.invocation.scripted_server import answering, scripted_server

CALLERS = AccessToken("00Dxx!callers.token")


MINTED = AccessToken("00Dxx!minted.token")


ORG_ID = "00Dxx0000006IYJEA2"


LONG_TIME = 1e9


HTML = b"<!DOCTYPE html><html><body>We are down for maintenance</body></html>"


NONSENSE = {
    "html": HTML,
    "empty": b"",
    "null": b"null",
    "number": b"7",
    "text": b'"OK"',
    "cut": b'{"user_id":"005xx0',
    "deep": b"[" * 100_000,
    "long-integer": b"9" * 5000,
    "no-utf-8": b"\xff\xfe\x00",
}


def userinfo(**changed: object) -> bytes:
    """Return what the org says about a token's owner."""
    info: dict[str, object] = {
        "sub": f"https://login.salesforce.com/id/{ORG_ID}/005xx000001X8UzAAK",
        "user_id": "005xx000001X8UzAAK",
        "organization_id": ORG_ID,
        "preferred_username": "admin@example.com",
        "active": True,
        "urls": {"rest": "https://mycompany.my.salesforce.com/services/data/v{version}/"},
    }
    return json.dumps({k: v for k, v in (info | changed).items() if v is not ...}).encode()


def identify(client: OrgClient, *responses: bytes) -> Caller:
    """Ask an org that answers so."""
    with scripted_server(answering(*responses)) as server:
        return client.identify(OrgUrl(server.origin), CALLERS, org_id=ORG_ID, deadline=LONG_TIME)


def admin_at(origin: str) -> Caller:
    """Return the verified admin of an org."""
    return Caller(
        org_id=ORG_ID,
        user_id="005xx000001X8UzAAK",
        username="admin@example.com",
        org_url=OrgUrl(origin),
    )


def mint(client: OrgClient, *responses: bytes) -> AccessToken:
    """Ask an org that answers so."""
    with scripted_server(answering(*responses)) as server:
        return client.mint(admin_at(server.origin), "a.b.c", deadline=LONG_TIME)


def activate(client: OrgClient, *responses: bytes, names: tuple[str, ...] = ("A", "ns__B")) -> None:
    """Ask an org that answers so."""
    with scripted_server(answering(*responses)) as server:
        client.activate(
            OrgUrl(server.origin),
            MINTED,
            [PermissionSet.parse(name) for name in names],
            api_version="57.0",
            deadline=LONG_TIME,
        )


def headers_of(request: bytes) -> dict[str, str]:
    """Return a received request's headers by lower-case name."""
    lines = request.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
    return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}


def succeeded(count: int = 2, **changed: object) -> bytes:
    """Return the org's answer to a good activation, as newer versions give it."""
    one: dict[str, object] = {
        "actionName": "activateSessionPermSet",
        "errors": None,
        "isSuccess": True,
        "outputValues": {},
        "sortOrder": -1,
        "version": 1,
    }
    return json.dumps([one] * (count - 1) + [one | changed]).encode()
