import base64
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import jwt
import pytest

from apex.emulator.embedding import ApexFailed, EmbeddedOrg
from apex.emulator.platform.callouts import http_transport
from apex.emulator.platform.org import (
    CalloutFailed,
    IncomingAnswer,
    NamedCredential,
    Org,
    OrgIdentity,
    OutgoingCall,
)
from tests.apex.fixtures.org import fixture_project, needs_parser
from tests.support.keys import pem, rsa_key

pytestmark = needs_parser

CALL = """
    HttpRequest request = new HttpRequest();
    request.setEndpoint('{url}');
    request.setMethod('POST');
    request.setHeader('X-Id', '7');
    request.setBody('payload');
    HttpResponse response = new Http().send(request);
    String extra = response.getHeader('X-Extra');
    System.debug(response.getStatusCode() + ' ' + response.getBody() + ' ' + extra);
"""


def org_with(transport: object, **more: object) -> EmbeddedOrg:
    """Return an org that calls out through a transport."""
    project = fixture_project()
    return EmbeddedOrg(project, Org(project.program, transport=transport, **more))  # type: ignore[arg-type]


class _Echo(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        told = f"{self.headers['X-Id']} {body.decode()}".encode()
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/")
        else:
            self.send_response(201)
        self.send_header("X-Extra", "yes")
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as inherited
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    """A real server that answers with what it got; its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Echo) as held:
        threading.Thread(target=held.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{held.server_port}"
        held.shutdown()


def test_callout_goes_over_the_network(server: str) -> None:
    """Outside of tests a callout is real HTTP with headers and body; no redirect is followed."""
    org = org_with(http_transport())

    assert org.run(CALL.format(url=server + "/")) == ["201 7 payload yes"]
    assert org.run(CALL.format(url=server + "/moved")) == ["302 7 payload yes"]


def test_refused_connection_is_a_callout_exception() -> None:
    """Who does not listen gives Apex a CalloutException without our addresses."""
    org = org_with(http_transport())

    with pytest.raises(ApexFailed, match=r"System\.CalloutException: Connection refused"):
        org.run(CALL.format(url="http://127.0.0.1:9/"))


def test_timeout_is_a_callout_exception() -> None:
    """A server that is too slow gives ``Read timed out``."""

    def slow(call: OutgoingCall) -> IncomingAnswer:
        assert call.timeout_ms == 10_000
        raise CalloutFailed("Read timed out")

    with pytest.raises(ApexFailed, match=r"System\.CalloutException: Read timed out"):
        org_with(slow).run(CALL.format(url="http://a.example/"))


def _answer(_call: OutgoingCall) -> IncomingAnswer:
    return IncomingAnswer(status=200, reason="OK", headers=[], body=b"fine")


def test_callout_after_dml_is_refused() -> None:
    """Uncommitted work forbids callouts; so do an enqueued job and an open savepoint."""
    org = org_with(_answer)
    call = CALL.format(url="http://a.example/")

    for before in (
        "insert new Account(Name = 'a');",
        "System.enqueueJob(new ParcelJob('x'));",
        "Savepoint s = Database.setSavepoint();",
    ):
        with pytest.raises(ApexFailed, match="You have uncommitted work pending"):
            org.run(before + call)
    assert org.run(call + "insert new Account(Name = 'a');") == ["200 fine null"]


def test_released_savepoint_allows_callouts() -> None:
    """After a rollback and release nothing is uncommitted."""
    source = (
        "Savepoint s = Database.setSavepoint(); insert new Account(Name = 'a');"
        "Database.rollback(s); Database.releaseSavepoint(s);"
    )

    assert org_with(_answer).run(source + CALL.format(url="http://a.example/")) == ["200 fine null"]


def test_hundred_callouts_are_enough() -> None:
    """The 101st callout of a transaction is a limit."""
    source = "for (Integer i = 0; i < 101; i++) {{ {} }}".format(
        CALL.format(url="http://a.example/")
    )

    with pytest.raises(ApexFailed, match="Too many callouts: 101"):
        org_with(_answer).run(source)


def test_others_run_during_a_callout() -> None:
    """While Apex waits for an answer, the outside may change records: callouts hold no lock."""
    held: list[EmbeddedOrg] = []

    def patching(call: OutgoingCall) -> IncomingAnswer:
        record_id = str(held[0].query("SELECT Id FROM Parcel__c")[0]["Id"])
        held[0].update("Parcel__c", record_id, {"Status__c": "SENT"})
        return _answer(call)

    org = org_with(patching)
    held.append(org)
    org.insert("Parcel__c", {"Label__c": "a"})
    source = CALL.format(url="http://a.example/") + "throw new ParcelException('after');"

    with pytest.raises(ApexFailed, match="after"):
        org.run(source)
    # The failed transaction undoes its own work, not what others committed meanwhile.
    assert org.query("SELECT Status__c FROM Parcel__c")[0]["Status__c"] == "SENT"


@pytest.mark.parametrize("milliseconds", [0, 120_001])
def test_timeout_has_bounds(milliseconds: int) -> None:
    """A callout's timeout is between 1 ms and 120 s."""
    with pytest.raises(ApexFailed, match=r"System\.CalloutException: Invalid timeout"):
        org_with(_answer).run(f"new HttpRequest().setTimeout({milliseconds});")


def test_jwt_exchange_signs_and_posts() -> None:
    """JWTBearerTokenExchange posts a signed assertion to the endpoint and gives the token."""
    calls: list[OutgoingCall] = []

    def token(call: OutgoingCall) -> IncomingAnswer:
        calls.append(call)
        body = json.dumps({"access_token": "the-token"}).encode()
        return IncomingAnswer(status=200, reason="OK", headers=[], body=body)

    org = org_with(token, certificates={"Cert": pem(rsa_key())})
    source = """
        Auth.JWT claims = new Auth.JWT();
        claims.setIss('key'); claims.setSub('me@example.com'); claims.setAud('https://login.example');
        Auth.JWS signed = new Auth.JWS(claims, 'Cert');
        String endpoint = 'https://org.example/token';
        System.debug(new Auth.JWTBearerTokenExchange(endpoint, signed).getAccessToken());
    """

    assert org.run(source) == ["the-token"]
    assertion = parse_qs(calls[0].body.decode())["assertion"][0]
    told = jwt.decode(assertion, options={"verify_signature": False})
    assert (told["iss"], told["sub"], told["aud"]) == (
        "key",
        "me@example.com",
        "https://login.example",
    )
    assert base64.urlsafe_b64decode(assertion.split(".")[0] + "==") == b'{"alg": "RS256"}'


def test_named_credential_is_filled_in() -> None:
    """``callout:Name/path`` goes where the credential says, with the headers it adds."""
    calls: list[OutgoingCall] = []

    def noted(call: OutgoingCall) -> IncomingAnswer:
        calls.append(call)
        return _answer(call)

    credential = NamedCredential(
        url="http://a.example/base/", headers={"Authorization": "Bearer x"}
    )
    org = org_with(noted, named_credentials={"Mine": credential})
    org.run(CALL.format(url="callout:Mine/sync"))

    assert calls[0].url == "http://a.example/base/sync"
    assert calls[0].headers == {"X-Id": "7", "Authorization": "Bearer x"}
    with pytest.raises(ApexFailed, match='named credential "Other" might not exist'):
        org.run(CALL.format(url="callout:Other/sync"))


def test_org_shows_its_identity_and_time() -> None:
    """UserInfo, the org's URL and the clock are those that the test gave."""
    now = datetime(2026, 1, 2, 3, 4, 5, 678_901, UTC)
    identity = OrgIdentity(username="joe@example.com", domain_url="http://127.0.0.1:1")
    project = fixture_project()
    org = EmbeddedOrg(project, Org(project.program, identity, now=lambda: now))
    source = """
        System.debug(UserInfo.getUserName() + ' ' + UserInfo.getOrganizationId());
        System.debug(URL.getOrgDomainUrl().toExternalForm());
        System.debug(Datetime.now().formatGmt('yyyy-MM-dd\\'T\\'HH:mm:ss.SSS\\'Z\\''));
        System.debug(Datetime.now().format('HH:mm Z') + ' ' + System.now().addHours(1).getTime());
    """

    assert org.run(source) == [
        "joe@example.com 00Dxx0000006IYJEA2",
        "http://127.0.0.1:1",
        "2026-01-02T03:04:05.678Z",
        f"19:04 -0800 {int((now + timedelta(hours=1)).timestamp() * 1000)}",
    ]
